import { physAddr } from '@memhp/core'
import type { Topology, ZoneInfo } from '@memhp/topology'
import { describe, expect, it } from 'vitest'
import {
  checkPlanFile,
  parsePlanFile,
  planFileOf,
  plannedResize,
  planResize,
  plugRoomOf,
  serialisePlanFile,
} from '../src/index'
import { BLOCK_BYTES, type BlockSketch, topologyOf } from './topologies'

const GIB = 2 ** 30
const START = 32 * BLOCK_BYTES

const LINE = {
  start: START,
  end: START + GIB,
  name: 'virtio0',
  children: [{ start: START, end: START + GIB / 2, name: 'System RAM (virtio_mem)', children: [] }],
}
const BOOT: readonly BlockSketch[] = [0, 1, 2, 3].map((id) => ({ id }))
const movable = (id: number, more: Partial<BlockSketch> = {}): BlockSketch => ({
  id,
  zone: 'Movable',
  counts: { free: 32768 },
  ...more,
})
const machine = (blocks: readonly BlockSketch[], more: object = {}) =>
  topologyOf({ blocks: [...BOOT, ...blocks], iomem: [LINE], ...more })
const shrink = (blocks: readonly BlockSketch[], sizeBytes: number) =>
  planResize(machine(blocks), { kind: 'resize', device: 'virtio0', sizeBytes })

describe('another size of a device', () => {
  it('takes the highest blocks of Movable, and none of the others', () => {
    const plan = shrink(
      [32, 33, 34, 35].map((id) => movable(id)),
      BLOCK_BYTES,
    )
    expect(plan.steps).toMatchObject([
      {
        kind: 'resize',
        path: 'hypervisor:virtio0/requested-size',
        text: `${BLOCK_BYTES}`,
        fromBytes: 4 * BLOCK_BYTES,
        online: [{ zone: 'Movable', blocks: [32, 33, 34, 35] }],
      },
    ])
    expect(plan.blocks.map(({ id }) => id)).toEqual([35, 34, 33])
    expect(plan.prediction.outcome).toBe('goes')
  })

  it('takes what is offline first, then Movable, then kernel zones', () => {
    const blocks = [
      movable(32, { state: 'offline' }),
      movable(33),
      movable(34),
      { id: 35, counts: { free: 32768 } },
    ]
    expect(shrink(blocks, BLOCK_BYTES).blocks.map(({ id }) => id)).toEqual([32, 34, 33])
  })

  it('counts what the driver withholds as given back, and takes such blocks before whole ones', () => {
    const part = movable(32, { counts: { free: 16384, withheld: 16384 } })
    const plan = shrink([part, movable(33)], BLOCK_BYTES)
    expect(plan.steps).toMatchObject([{ fromBytes: 1.5 * BLOCK_BYTES }])
    expect(plan.blocks.map(({ id }) => id)).toEqual([32])
    expect(plan.prediction.outcome).not.toBe('stalls')
  })

  it('says that not all of it goes where kernel memory is in the way', () => {
    const plan = shrink([{ id: 32, counts: { slab: 5, free: 32763 } }, movable(33)], 0)
    expect(plan.blocks.map(({ id }) => id)).toEqual([33])
    expect(plan.prediction).toMatchObject({ outcome: 'refuses', confidence: 'likely' })
    expect(plan.prediction.reasons[0]?.message).toContain('128M of what virtio0 is to give back')
  })

  const WIDE = { ...LINE, end: START + 64 * GIB }
  const small = (more: object = {}) =>
    machine([], { iomem: [WIDE], free: { '0/Normal': 2048 }, ...more })
  const grown = (topology: Topology, sizeBytes: number) =>
    planResize(topology, { kind: 'resize', device: 'virtio0', sizeBytes })

  it('grows at once as far as struct pages find room', () => {
    const topology = small()
    expect(plugRoomOf(topology)).toMatchObject({
      costPerByte: 1 / 64,
      freeBytes: 8 * 2 ** 20,
      largestBytes: GIB / 2,
    })
    const plan = grown(topology, GIB / 2)
    expect(plan.steps).toMatchObject([{ toBytes: GIB / 2 }])
    expect(plan.prediction).toMatchObject({ outcome: 'goes', confidence: 'likely' })
  })

  it('grows in steps where what each adds holds the struct pages of the next', () => {
    const plan = grown(small({ autoOnline: 'online' }), 60 * GIB)
    const sizes = plan.steps.map((step) => (step.kind === 'resize' ? step.toBytes : 0))
    expect(sizes).toEqual([GIB / 4, 4 * GIB, 60 * GIB])
    expect(plan.steps.map((step) => 'undo' in step && step.undo?.text)).toEqual([
      undefined,
      `${GIB / 4}`,
      `${4 * GIB}`,
    ])
    expect(plan.prediction).toMatchObject({ outcome: 'goes', confidence: 'likely' })
    expect(plan.warnings).toMatchObject([{ kind: 'in-steps', message: /grows in 3 steps/ }])
    expect(plannedResize(plan)).toMatchObject({ fromBytes: 0, toBytes: 60 * GIB })
  })

  /** A machine whose Movable zone has these addresses in its span. */
  const withMovable = (start: number, end: number): Topology => {
    const topology = small({ autoOnline: 'online' })
    const [normal] = topology.zones
    if (normal === undefined) throw new Error('no zone')
    const span = { start: physAddr(start), end: physAddr(end) }
    const movable: ZoneInfo = { ...normal, name: 'Movable', presentPages: 0, span }
    return { ...topology, zones: [normal, movable] }
  }

  it.each([
    ['stays offline', small()],
    ['comes online in Movable', small({ autoOnline: 'online_movable' })],
    ['comes online in Movable', small({ autoOnline: 'online', parameters: ['movable_node'] })],
    ['comes online in Movable', withMovable(START, START + 64 * GIB)],
  ])('does not grow in steps where what is added %s', (why, topology) => {
    const plan = grown(topology, GIB)
    expect(plan.steps).toMatchObject([{ toBytes: GIB }])
    expect(plan.prediction).toMatchObject({
      outcome: 'refuses',
      reasons: [{ kind: 'no-memmap-room', message: expect.stringContaining(why) }],
    })
  })

  it('may grow in steps where the zone is not known', () => {
    const online = small({ autoOnline: 'online' })
    const goes = { outcome: 'goes', confidence: 'uncertain', reasons: [] }
    const policy = { ...online.policy, onlinePolicy: 'auto-movable' }
    expect(grown({ ...online, policy }, GIB).prediction).toEqual(goes)
    expect(grown(withMovable(START, START + GIB / 2), GIB).prediction).toEqual(goes)
  })

  it('does not grow where not even a block finds room', () => {
    const plan = grown(small({ autoOnline: 'online', free: { '0/Normal': 512 } }), GIB)
    expect(plan.prediction).toMatchObject({ outcome: 'refuses' })
    expect(plan.prediction.reasons[0]?.message).toMatch(/at most 128M can be added at once\.$/)
  })

  it('holds while it needs other steps, as long as they lead to the same size', () => {
    const plan = grown(small({ autoOnline: 'online' }), 60 * GIB)
    const file = planFileOf(plan, small({ autoOnline: 'online' }), { tool: 'test', madeAt: 'now' })
    const now = small({ autoOnline: 'online', free: { '0/Normal': 4096 } })
    expect(grown(now, 60 * GIB).steps).not.toEqual(plan.steps)
    expect(checkPlanFile(parsePlanFile(serialisePlanFile(file)), now).holds).toBe(true)
  })

  it('takes no room for struct pages out of Movable', () => {
    const topology = machine([movable(32)], { free: { '0/Normal': 2048 } })
    expect(plugRoomOf(topology)?.freeBytes).toBe(8 * 2 ** 20)
  })

  it.each([
    ['virtio1', GIB, /Such devices: virtio0 at 0x100000000/],
    ['virtio0', 2 * GIB, /has room for 1G/],
    ['virtio0', BLOCK_BYTES, /has 128M already/],
  ])('refuses %s to have %i bytes', (device, sizeBytes, message) => {
    const topology = machine([movable(32)])
    expect(() => planResize(topology, { kind: 'resize', device, sizeBytes })).toThrow(message)
  })

  it('is kept in a file, and holds as long as the machine is as it was', () => {
    const topology = machine([movable(32), movable(33)])
    const plan = planResize(topology, { kind: 'resize', device: 'virtio0', sizeBytes: 0 })
    const file = planFileOf(plan, topology, { tool: 'test', madeAt: 'now' })
    const read = parsePlanFile(serialisePlanFile(file))
    expect(read).toEqual(file)
    expect(checkPlanFile(read, topology).holds).toBe(true)
    const moved = machine([movable(32), movable(33, { counts: { reserved: 1 } })])
    expect(checkPlanFile(read, moved).holds).toBe(false)
  })
})
