import {
  allocateTracked,
  allocationOf,
  blockId,
  fingerprint,
  injectNotifierError,
  type Machine,
  MIB,
  nodeId,
  offlineBlock,
  onlineBlock,
  pfn,
  pinPage,
  placeUnmovablePage,
  verifyAllocation,
} from '@memhp/core'
import { blockRange } from '@memhp/core/inspect'
import { planRemoval, type RemovalGoal } from '@memhp/planner'
import { describe, expect, test } from 'vitest'
import { type BalanceRow, type Rehearsal, rehearse } from '../src/index'
import { FIRST, guest, topologyOfMachine } from './machines'

const DIMM: RemovalGoal = { kind: 'device', devices: ['PNP0C80:01'] }

const run = async (machine: Machine, goal: RemovalGoal = DIMM): Promise<Rehearsal> =>
  rehearse(machine, await topologyOfMachine(machine), goal)

const unbalanced = ({ balance }: Rehearsal): readonly BalanceRow[] =>
  balance.rows.filter(({ balanced }) => !balanced)

/** Memory of a program, all of it on one node. */
const fill = (machine: Machine, node: number, mib: number) =>
  allocateTracked(machine, {
    name: `program on node ${node}`,
    kind: 'anonymous',
    pageCount: (mib * MIB) / machine.geometry.pageBytes,
    nodeId: nodeId(node),
    policy: 'bind',
  })

describe('removing the only memory of a node without CPUs', () => {
  test('frees the six things, takes the node along, and balances', async () => {
    const machine = guest()
    const rehearsal = await run(machine)
    expect(rehearsal.outcome).toBe('removed')
    expect(rehearsal.diagnosis).toBeNull()
    expect(unbalanced(rehearsal)).toEqual([])
    const { before, after } = rehearsal
    expect(before.devices[0]).toMatchObject({ firmware: { state: 'status 15', count: 8 } })
    expect(after.devices[0]).toMatchObject({
      firmware: { state: 'an empty slot', count: 0 },
      ranges: [],
    })
    expect([before.firmwareMap.length, after.firmwareMap.length]).toEqual([1, 0])
    expect([before.iomem.length, after.iomem.length]).toEqual([1, 0])
    expect([before.sections.present, after.sections.present]).toEqual([8, 0])
    expect([before.sections.blocks.length, after.sections.blocks.length]).toEqual([8, 0])
    expect(after.nodes[0]).toMatchObject({ id: 2, online: false, entries: 0, presentPages: 0 })
    expect(machine.tree.lookup('/sys/devices/system/node/node2')).toBeUndefined()
    expect(before.tables?.backing).toEqual({ allocated: 4096, selfHosted: 0, boot: 0 })
    expect(after.tables?.backing).toEqual({ allocated: 0, selfHosted: 0, boot: 0 })
  })

  test('shows every topic of the six in the balance', async () => {
    const { balance } = await run(guest())
    expect([...new Set(balance.rows.map(({ topic }) => topic))]).toEqual([
      'device',
      'firmware-map',
      'iomem',
      'sections',
      'page-tables',
      'node',
      'pages',
      'elsewhere',
    ])
  })

  test('moves what programs hold to the nearest other node, and loses nothing', async () => {
    const machine = guest()
    const owner = fill(machine, 2, 300)
    const rehearsal = await run(machine)
    expect(rehearsal.outcome).toBe('removed')
    expect(unbalanced(rehearsal)).toEqual([])
    const moved = rehearsal.moves.reduce((sum, { pages }) => sum + pages, 0)
    expect(moved).toBe((300 * MIB) / 4096)
    expect(rehearsal.moves.flatMap(({ to }) => to.map(({ node }) => node))).not.toContain(2)
    for (const { pages, to } of rehearsal.moves) {
      expect(to.reduce((sum, each) => sum + each.pages, 0)).toBe(pages)
    }
    expect(verifyAllocation(machine, owner.id)).toBe(0)
  })

  test('leaves the rest of a node when it has more', async () => {
    const machine = guest()
    const rehearsal = await run(machine, { kind: 'device', devices: ['PNP0C80:00'] })
    expect(rehearsal.outcome).toBe('removed')
    expect(unbalanced(rehearsal)).toEqual([])
    expect(rehearsal.after.nodes[0]).toMatchObject({ id: 1, online: true })
  })

  test('gives the page of a page table back that mapped nothing else', async () => {
    const { before, after } = await run(guest(), { kind: 'device', devices: ['PNP0C80:00'] })
    const pmd = ({ tables }: typeof before) => tables?.direct.find(({ level }) => level === 'PMD')
    const leaves = [{ leafBytes: 2 * MIB, count: 256, shared: 0, staying: 0 }]
    expect(pmd(before)).toMatchObject({ leaves, tables: 1, ownTables: 1 })
    expect(pmd(after)).toMatchObject({ leaves: [], tables: 0, ownTables: 0 })
    expect(before.pages.elsewhere.tables - after.pages.elsewhere.tables).toBe(1)
  })

  test('takes two devices at once', async () => {
    const machine = guest()
    const devices = ['PNP0C80:00', 'PNP0C80:01']
    const rehearsal = await run(machine, { kind: 'device', devices })
    expect(rehearsal.outcome).toBe('removed')
    expect(unbalanced(rehearsal)).toEqual([])
    expect(rehearsal.before.iomem).toHaveLength(2)
  })
})

describe('goals that only empty memory', () => {
  test('take part of a device offline, with balanced pages', async () => {
    const machine = guest()
    const rehearsal = await run(machine, { kind: 'blocks', blocks: [FIRST, FIRST + 1] })
    expect(rehearsal.outcome).toBe('offlined')
    expect(unbalanced(rehearsal)).toEqual([])
    expect(rehearsal.after.sections.blocks.map(({ state }) => state)).toEqual([
      'offline',
      'offline',
    ])
  })

  test('take a node with boot memory as far as it goes', async () => {
    const machine = guest()
    const topology = await topologyOfMachine(machine)
    const plan = planRemoval(topology, { kind: 'node', node: 1 })
    expect(plan.devices).toEqual(['PNP0C80:00'])
    expect(plan.expected.goneNodes).toEqual([])
    expect(plan.expected.offlineBlocks.length).toBe(8)
  })

  test('of a size prefer the device that fits', async () => {
    const rehearsal = await run(guest(), { kind: 'size', sizeBytes: 512 * MIB })
    expect(rehearsal.outcome).toBe('removed')
    expect(rehearsal.plan.devices).toEqual(['PNP0C80:00'])
  })
})

describe('a page of the kernel in a block', () => {
  const spoilt = (block: number): { machine: Machine; page: number } => {
    const machine = guest({ type: 'online_kernel' })
    const page = placeUnmovablePage(machine, { range: blockRange(machine, blockId(block)) })
    return { machine, page: page ?? -1 }
  }

  test('is named with its block, kind and zone, and what helps', async () => {
    const { machine, page } = spoilt(FIRST + 3)
    const { outcome, diagnosis } = await run(machine)
    expect(outcome).toBe('refused')
    expect(diagnosis).toMatchObject({
      block: FIRST + 3,
      errno: 'EBUSY',
      code: 'UNMOVABLE_PAGE',
      reason: 'kernel-memory',
      page: { pfn: page, kind: 'slab', zone: '2/Normal', address: page * 4096 },
      inTheWay: [{ kind: 'slab', pages: 1 }],
      others: [],
    })
    expect(diagnosis?.message).toContain(
      `memory${FIRST + 3} stays because of page 0x${page.toString(16)}`,
    )
    expect(diagnosis?.remedies[0]).toContain('online_movable')
  })

  test('leaves the machine as it was, byte for byte', async () => {
    const { machine } = spoilt(FIRST + 3)
    const before = fingerprint(machine)
    const rehearsal = await run(machine)
    expect(rehearsal.execution.undone.map(({ result }) => result.kind)).toEqual(
      Array.from({ length: rehearsal.execution.undone.length }, () => 'done'),
    )
    expect(rehearsal.execution.undone.length).toBe(4)
    expect(rehearsal.execution.leftovers).toEqual([])
    expect(fingerprint(machine)).toBe(before)
    expect(rehearsal.asBefore).toBe(true)
    expect(unbalanced(rehearsal)).toEqual([])
  })

  test('is found in the other blocks too', async () => {
    const { machine } = spoilt(FIRST + 3)
    const other = placeUnmovablePage(machine, { range: blockRange(machine, blockId(FIRST)) })
    const { diagnosis } = await run(machine)
    expect(diagnosis?.others).toMatchObject([{ block: FIRST, page: { pfn: other, kind: 'slab' } }])
  })

  test('has an owner where one is known', async () => {
    const machine = guest({ type: 'online_kernel' })
    const owner = allocateTracked(machine, {
      name: 'a driver’s buffers',
      kind: 'kernel',
      pageCount: 8,
      nodeId: nodeId(2),
      policy: 'bind',
    })
    const { diagnosis } = await run(machine)
    expect(diagnosis?.page).toMatchObject({ kind: 'slab', owner: 'a driver’s buffers' })
    expect(diagnosis?.page?.pfn).toBe(allocationOf(machine, owner.id).pages[0])
  })
})

describe('other refusals', () => {
  test('a pinned page: the kernel would try for ever', async () => {
    const machine = guest()
    const owner = fill(machine, 2, 4)
    const page = pfn(owner.pages[7] ?? -1)
    pinPage(machine, page)
    const { diagnosis, execution } = await run(machine)
    expect(diagnosis).toMatchObject({
      code: 'OFFLINE_STALLED',
      reason: 'pinned',
      page: { pfn: page, kind: 'lru', owner: 'program on node 2' },
    })
    expect(diagnosis?.message).toContain('would try for ever')
    expect(execution.leftovers).toEqual([])
  })

  test('no room on the other nodes is predicted, and found', async () => {
    const machine = guest()
    fill(machine, 2, 900)
    for (const node of [0, 1]) fill(machine, node, 950)
    const topology = await topologyOfMachine(machine)
    const rehearsal = await rehearse(machine, topology, DIMM)
    expect(rehearsal.plan.headRoom.verdict).toBe('short')
    expect(rehearsal.plan.prediction.outcome).toBe('stalls')
    expect(rehearsal.diagnosis).toMatchObject({ reason: 'no-room', code: 'OFFLINE_STALLED' })
    expect(unbalanced(rehearsal)).toEqual([])
  })

  test('a notifier', async () => {
    const machine = guest()
    injectNotifierError(machine, { event: 'MEM_GOING_OFFLINE', errno: 'EBUSY' })
    const { diagnosis, asBefore } = await run(machine)
    expect(diagnosis).toMatchObject({
      errno: 'EBUSY',
      code: 'NOTIFIER_REFUSED',
      reason: 'notifier',
    })
    expect(asBefore).toBe(true)
  })

  test('a boot block of several zones', async () => {
    const { diagnosis } = await run(guest(), { kind: 'blocks', blocks: [0] })
    expect(diagnosis).toMatchObject({ errno: 'EINVAL', reason: 'mixed-zones', page: null })
  })

  test('reserved memory of boot', async () => {
    const machine = guest()
    // The memmap of node 1 lies at the node's top.
    const rehearsal = await run(machine, { kind: 'blocks', blocks: [15] })
    expect(rehearsal.diagnosis).toMatchObject({
      reason: 'reserved-at-boot',
      page: { kind: 'reserved' },
    })
  })
})

test('blocks that were offline stay offline when a run is undone', async () => {
  const machine = guest({ type: 'online_kernel' })
  offlineBlock(machine, blockId(FIRST + 7))
  placeUnmovablePage(machine, { range: blockRange(machine, blockId(FIRST)) })
  const before = fingerprint(machine)
  const { outcome } = await run(machine)
  expect(outcome).toBe('refused')
  expect(fingerprint(machine)).toBe(before)
})

test('blocks go back to the zones that they were in, also where a device lies in two', async () => {
  const machine = guest({ type: 'online_kernel' })
  for (const id of [FIRST + 5, FIRST + 6, FIRST + 7]) {
    offlineBlock(machine, blockId(id))
    onlineBlock(machine, blockId(id), 'online_movable')
  }
  placeUnmovablePage(machine, { range: blockRange(machine, blockId(FIRST)) })
  const before = fingerprint(machine)
  const { plan, execution } = await run(machine)
  expect(plan.warnings.map(({ kind }) => kind)).toContain('two-zones')
  expect(execution.leftovers).toEqual([])
  expect(fingerprint(machine)).toBe(before)
})

test('a rehearsal survives JSON', async () => {
  const rehearsal = await run(guest())
  expect(JSON.parse(JSON.stringify(rehearsal))).toEqual(rehearsal)
})
