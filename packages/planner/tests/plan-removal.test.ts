import { isHotplugError } from '@memhp/core'
import type { Topology } from '@memhp/topology'
import { describe, expect, test } from 'vitest'
import { planRemoval, type RemovalGoal } from '../src/index'
import { BLOCK_BYTES, BLOCK_PAGES, blocksFrom, threeNodes, topologyOf } from './topologies'

const device = (...devices: string[]): RemovalGoal => ({ kind: 'device', devices })
const blocks = (...ids: number[]): RemovalGoal => ({ kind: 'blocks', blocks: ids })

function refusal(act: () => unknown): { code: string; message: string; detail: unknown } {
  try {
    act()
  } catch (error) {
    if (isHotplugError(error)) {
      return { code: error.code, message: error.message, detail: error.detail }
    }
    throw error
  }
  throw new Error('Nothing was refused.')
}

describe('the plan for a device', () => {
  const plan = planRemoval(threeNodes(), device('PNP0C80:01'))

  test('takes its blocks offline from the highest down, then ejects it', () => {
    expect(plan.steps.map((step) => (step.kind === 'offline' ? step.block : step.name))).toEqual([
      47,
      46,
      45,
      44,
      43,
      42,
      41,
      40,
      'PNP0C80:01',
    ])
    expect(plan.pointOfNoReturn).toBe(8)
    expect(plan.sizeBytes).toBe(8 * BLOCK_BYTES)
  })

  test('names the files and the words that it writes', () => {
    expect(plan.steps[0]).toEqual({
      kind: 'offline',
      block: 47,
      path: '/sys/devices/system/memory/memory47/state',
      text: 'offline',
    })
    expect(plan.steps[8]).toMatchObject({
      path: '/sys/bus/acpi/devices/PNP0C80:01/eject',
      text: '1',
    })
  })

  test('expects the blocks, their range and a node without CPUs to go', () => {
    expect(plan.expected).toEqual({
      offlineBlocks: [],
      goneBlocks: [40, 41, 42, 43, 44, 45, 46, 47],
      goneRanges: [{ start: 40 * BLOCK_BYTES, end: 48 * BLOCK_BYTES }],
      goneNodes: [2],
    })
  })

  test('keeps a node that has CPUs, or other memory', () => {
    const withCpus = threeNodes({ cpus: { 0: [0], 2: [1] } })
    expect(planRemoval(withCpus, device('PNP0C80:01')).expected.goneNodes).toEqual([])
    const shared = topologyOf({
      blocks: [
        ...blocksFrom(0, 4),
        ...blocksFrom(8, 10, { zone: 'Movable', node: 1, device: 'PNP0C80:00' }),
        ...blocksFrom(10, 12, { zone: 'Movable', node: 1, device: 'PNP0C80:01' }),
      ],
    })
    expect(planRemoval(shared, device('PNP0C80:01')).expected.goneNodes).toEqual([])
    const both = planRemoval(shared, device('PNP0C80:00', 'PNP0C80:01'))
    expect(both.expected.goneNodes).toEqual([1])
    expect(both.steps.filter(({ kind }) => kind === 'remove')).toHaveLength(2)
    expect(both.pointOfNoReturn).toBe(4)
  })

  test('has no step for blocks that are offline already', () => {
    const topology = topologyOf({
      blocks: [
        ...blocksFrom(0, 4),
        ...blocksFrom(8, 10, { zone: 'Movable', device: 'PNP0C80:00' }),
        ...blocksFrom(10, 12, { state: 'offline', device: 'PNP0C80:00' }),
      ],
    })
    const half = planRemoval(topology, device('PNP0C80:00'))
    expect(half.steps.map(({ path }) => path.split('/').at(-2))).toEqual([
      'memory9',
      'memory8',
      'PNP0C80:00',
    ])
    expect(half.blocks.map(({ prediction }) => prediction.outcome)).toEqual([
      'already-offline',
      'already-offline',
      'goes',
      'goes',
    ])
  })

  test('puts a block that will refuse first, so that the refusal costs nothing', () => {
    const topology = topologyOf({
      blocks: [
        ...blocksFrom(0, 8),
        ...blocksFrom(8, 12, { zone: 'Movable', device: 'PNP0C80:00' }),
        {
          id: 12,
          zone: 'Normal',
          device: 'PNP0C80:00',
          counts: { slab: 7, free: BLOCK_PAGES - 7 },
        },
        { id: 13, zone: 'Movable', device: 'PNP0C80:00' },
      ],
    })
    const plan = planRemoval(topology, device('PNP0C80:00'))
    expect(plan.blocks.map(({ id }) => id)).toEqual([12, 13, 11, 10, 9, 8])
    expect(plan.prediction.outcome).toBe('refuses')
    expect(plan.warnings.map(({ kind }) => kind)).toEqual(['two-zones'])
    const descending = planRemoval(topology, device('PNP0C80:00'), { order: 'descending' })
    expect(descending.blocks.map(({ id }) => id)).toEqual([13, 12, 11, 10, 9, 8])
  })
})

describe('the plan for blocks', () => {
  test('only takes part of a device offline, and says that the device stays', () => {
    const plan = planRemoval(threeNodes(), blocks(41, 40))
    expect(plan.steps.map(({ kind }) => kind)).toEqual(['offline', 'offline'])
    expect(plan.pointOfNoReturn).toBeNull()
    expect(plan.expected.offlineBlocks).toEqual([40, 41])
    expect(plan.warnings).toEqual([
      {
        kind: 'device-stays',
        message:
          '2 blocks cannot be removed even when they are offline: they are 2 of the 8 blocks of PNP0C80:01, which goes as a whole.',
      },
    ])
  })

  test('ejects a device that the blocks cover wholly', () => {
    const plan = planRemoval(threeNodes(), blocks(32, 33, 34, 35))
    expect(plan.devices).toEqual(['PNP0C80:00'])
    expect(plan.warnings.map(({ kind }) => kind)).toEqual(['node-emptied'])
  })

  test('warns of what becomes of processes that are bound to a node, where its last memory goes', () => {
    const emptied = (...ids: number[]): string | undefined =>
      planRemoval(threeNodes(), blocks(...ids)).warnings.find(({ kind }) => kind === 'node-emptied')
        ?.message
    expect(emptied(32, 33, 34)).toBeUndefined()
    expect(emptied(32, 33, 34, 35)).toMatch(
      /^Node 1 is left without memory online: processes bound to it /,
    )
    expect(emptied(32, 33, 34, 35, 40, 41, 42, 43, 44, 45, 46, 47)).toMatch(
      /^Nodes 1-2 are .* bound to them /,
    )
  })

  test.each([
    [
      '7.3.4',
      'poisoned-stays-offline',
      /^memory32 has 2 pages with hardware errors\. Once offline, the block cannot come online again \(EHWPOISON\)/,
    ],
    ['6.12.117', 'poisoned-stays-offline', /Once offline, the block cannot come online again/],
    [
      '6.8.0',
      'poisoned-stays-offline',
      /Linux 6\.12 and later do not .*; 5\.10 and 6\.1 use the pages again\.$/,
    ],
    [
      '6.1.0',
      'poisoned-comes-back',
      /^memory32 has 2 pages with hardware errors, which this kernel uses again once the block went offline and online\.$/,
    ],
    ['5.10.0', 'poisoned-comes-back', /uses again/],
    [
      '3.10.0',
      'poisoned-stays-offline',
      /^memory32 has 2 pages .* 5\.10 and 6\.1 use the pages again\.$/,
    ],
  ])('says what Linux %s does with pages that have hardware errors', (release, kind, message) => {
    const counts = { poisoned: 2, free: BLOCK_PAGES - 2 }
    const blocksOfHost = [...blocksFrom(0, 32), { id: 32, zone: 'Movable', counts }]
    const topology = { ...topologyOf({ blocks: blocksOfHost }), release }
    const found = planRemoval(topology, blocks(32)).warnings.find((each) =>
      each.kind.startsWith('poisoned'),
    )
    expect(found?.kind).toBe(kind)
    expect(found?.message).toMatch(message)
    expect(
      planRemoval(topology, blocks(31)).warnings.filter((each) => each.kind.startsWith('poisoned')),
    ).toEqual([])
  })

  test('says of several blocks at once that they have pages with hardware errors', () => {
    const counts = { poisoned: 1, free: BLOCK_PAGES - 1 }
    const poisoned = [32, 33].map((id) => ({ id, zone: 'Movable', counts }))
    const topology = {
      ...topologyOf({ blocks: [...blocksFrom(0, 32), ...poisoned] }),
      release: '7.3.4',
    }
    expect(planRemoval(topology, blocks(32, 33)).warnings.map(({ message }) => message)).toContain(
      '2 blocks have 2 pages with hardware errors. Once offline, the blocks cannot come online again (EHWPOISON) until the memory is replaced.',
    )
  })

  test.each([
    [
      '7.3.4',
      'poisoned-stays-offline',
      '8K of the machine have hardware errors (HardwareCorrupted), in blocks that only page flags tell. Once offline, such blocks cannot come online again (EHWPOISON) until the memory is replaced.',
    ],
    [
      '6.1.0',
      'poisoned-comes-back',
      '8K of the machine have hardware errors (HardwareCorrupted), in blocks that only page flags tell, which this kernel uses again once such blocks went offline and online.',
    ],
  ])(
    'says of Linux %s that there are hardware errors, where page flags were not read',
    (release, kind, message) => {
      const sketch = { blocks: blocksFrom(0, 33), hardwareCorruptedBytes: 8192 }
      const warningsOf = (topology: Topology) =>
        planRemoval({ ...topology, release }, blocks(32)).warnings.filter((each) =>
          each.kind.startsWith('poisoned'),
        )
      expect(warningsOf(topologyOf(sketch))).toEqual([{ kind, message }])
      expect(warningsOf(topologyOf({ ...sketch, hardwareCorruptedBytes: 0 }))).toEqual([])
      const counted = blocksFrom(0, 33, { counts: { free: BLOCK_PAGES } })
      expect(warningsOf(topologyOf({ ...sketch, blocks: counted }))).toEqual([])
    },
  )

  test('says of boot memory that it stays', () => {
    const plan = planRemoval(threeNodes(), blocks(15))
    expect(plan.warnings.map(({ kind }) => kind)).toEqual(['memory-stays'])
  })
})

describe('the plan for a node', () => {
  test('takes all of its devices', () => {
    const plan = planRemoval(threeNodes(), { kind: 'node', node: 1 })
    expect(plan.devices).toEqual(['PNP0C80:00'])
    expect(plan.expected.goneNodes).toEqual([1])
    expect(plan.warnings.map(({ kind }) => kind)).toEqual(['node-emptied'])
  })

  test('says why the node stays when it does', () => {
    const plan = planRemoval(threeNodes(), { kind: 'node', node: 0 })
    const stays = plan.warnings.find(({ kind }) => kind === 'node-stays')
    expect(stays?.message).toBe(
      'Node 0 stays: it has 1 CPU, and 16 blocks of it cannot be removed.',
    )
  })
})

describe('the plan for a size', () => {
  const size = (mib: number): RemovalGoal => ({ kind: 'size', sizeBytes: mib * 2 ** 20 })

  test('takes the device that fits exactly', () => {
    expect(planRemoval(threeNodes(), size(512)).devices).toEqual(['PNP0C80:00'])
    expect(planRemoval(threeNodes(), size(1024)).devices).toEqual(['PNP0C80:01'])
    expect(planRemoval(threeNodes(), size(1536)).devices).toEqual(['PNP0C80:01', 'PNP0C80:00'])
  })

  test('takes the set that overshoots least, and says by how much', () => {
    const plan = planRemoval(threeNodes(), size(640))
    expect(plan.devices).toEqual(['PNP0C80:01'])
    expect(plan.warnings.slice(1)).toEqual([
      {
        kind: 'more-than-asked',
        message: '384M more than asked for: devices and blocks go as a whole.',
      },
    ])
  })

  test('of two that fit takes the one that moves less', () => {
    const topology = topologyOf({
      blocks: [
        ...blocksFrom(0, 8),
        ...blocksFrom(8, 12, { zone: 'Movable', node: 1, device: 'PNP0C80:00' }),
        ...blocksFrom(12, 16, { zone: 'Movable', node: 2, device: 'PNP0C80:01' }),
      ],
      free: { '1/Movable': 4 * BLOCK_PAGES, '2/Movable': 2 * BLOCK_PAGES },
    })
    expect(planRemoval(topology, size(512)).devices).toEqual(['PNP0C80:00'])
  })

  test('leaves a device that is expected to refuse alone, though it would fit better', () => {
    const used = { slab: 9, free: BLOCK_PAGES - 9 }
    const topology = topologyOf({
      blocks: [
        ...blocksFrom(0, 8),
        ...blocksFrom(8, 10, { device: 'PNP0C80:00', counts: used }),
        ...blocksFrom(10, 16, { zone: 'Movable', device: 'PNP0C80:01' }),
      ],
    })
    expect(planRemoval(topology, size(256)).devices).toEqual(['PNP0C80:01'])
  })

  test('takes single blocks of Movable, highest first, where no device is left', () => {
    const topology = topologyOf({
      blocks: [...blocksFrom(0, 4), ...blocksFrom(4, 8, { zone: 'Movable' })],
    })
    const plan = planRemoval(topology, size(200))
    expect(plan.devices).toEqual([])
    expect(plan.blocks.map(({ id }) => id)).toEqual([7, 6])
  })

  test('refuses what cannot go, and says what is the most that can', () => {
    const used = { slab: 9, free: BLOCK_PAGES - 9 }
    const topology = topologyOf({
      blocks: [
        ...blocksFrom(0, 8, { counts: used }),
        ...blocksFrom(8, 12, { zone: 'Movable', device: 'PNP0C80:00' }),
      ],
    })
    const error = refusal(() => planRemoval(topology, size(2048)))
    expect(error.code).toBe('IMPOSSIBLE_GOAL')
    expect(error.message).toBe('2G cannot go. The most that may go is 512M, with PNP0C80:00.')
    expect(error.detail).toMatchObject({ mostBytes: 512 * 2 ** 20 })
  })

  test('takes blocks that were not counted last, by the predictions of a goal that names them', () => {
    const topology = threeNodes()
    const plan = planRemoval(topology, size(2048))
    const named = planRemoval(topology, blocks(...plan.blocks.map(({ id }) => id)))
    expect(plan.prediction).toEqual(named.prediction)
    expect(plan.prediction).toMatchObject({ outcome: 'refuses', confidence: 'uncertain' })
    expect(plan.devices).toEqual(['PNP0C80:01', 'PNP0C80:00'])
  })

  test('counts what finds room only', () => {
    const topology = threeNodes({
      free: { '0/Normal': 2 * BLOCK_PAGES, '1/Movable': 3 * BLOCK_PAGES, '2/Movable': BLOCK_PAGES },
    })
    expect(planRemoval(topology, size(512)).devices).toEqual(['PNP0C80:00'])
    expect(refusal(() => planRemoval(topology, size(1024))).code).toBe('IMPOSSIBLE_GOAL')
  })
})

describe('a goal that means nothing is refused with what there is', () => {
  test.each([
    [device('PNP0C80:09'), 'NO_SUCH_DEVICE', /Devices with memory: PNP0C80:00, PNP0C80:01\./],
    [device(), 'BAD_ARGUMENT', /no device/],
    [blocks(), 'BAD_ARGUMENT', /no memory block/],
    [blocks(40, 99), 'NO_SUCH_BLOCK', /memory99.*from 0 to 47/],
    [{ kind: 'node', node: 7 } as const, 'NO_SUCH_NODE', /Nodes with memory: 0, 1, 2\./],
    [{ kind: 'size', sizeBytes: 0 } as const, 'BAD_ARGUMENT', /at least one byte/],
    [{ kind: 'size', sizeBytes: Number.NaN } as const, 'BAD_ARGUMENT', /at least one byte/],
  ])('%o: %s', (goal, code, message) => {
    const error = refusal(() => planRemoval(threeNodes(), goal))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })

  test('an empty slot and a device without _EJ0 are told apart', () => {
    const topology = threeNodes({ emptyDevices: ['PNP0C80:02'], fixedDevices: ['PNP0C80:00'] })
    expect(refusal(() => planRemoval(topology, device('PNP0C80:02'))).code).toBe('DEVICE_EMPTY')
    expect(refusal(() => planRemoval(topology, device('PNP0C80:00'))).code).toBe(
      'DEVICE_NOT_EJECTABLE',
    )
  })
})

describe('policy', () => {
  test('warns that memory which comes back goes to a kernel zone', () => {
    const kinds = (changes: Parameters<typeof threeNodes>[0]): readonly string[] =>
      planRemoval(threeNodes(changes), device('PNP0C80:01'))
        .warnings.map(({ kind }) => kind)
        .filter((kind) => kind !== 'node-emptied')
    expect(kinds({ autoOnline: 'online' })).toEqual(['comes-back-elsewhere'])
    expect(kinds({ autoOnline: 'online', parameters: ['movable_node'] })).toEqual([
      'comes-online-by-itself',
    ])
    expect(kinds({ autoOnline: 'online_movable' })).toEqual(['comes-online-by-itself'])
    expect(kinds({})).toEqual([])
  })
})
