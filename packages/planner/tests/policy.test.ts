import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../tests/thorough'
import { decide, type OnlinePolicy, type PolicyRule, settingsDue } from '../src/index'
import { BLOCK_BYTES, type TopologySketch, topologyOf } from './topologies'

const policyOf = (
  rules: readonly PolicyRule[],
  more: Partial<OnlinePolicy> = {},
): OnlinePolicy => ({
  rules,
  order: 'ascending',
  atStart: 'online',
  settings: {},
  changedByOthers: 'put-back',
  ...more,
})

const MOVABLE: PolicyRule = { when: {}, zone: 'movable' }

/** What is written to each offline block, in the order in which it is. */
function writes(
  policy: OnlinePolicy,
  sketch: TopologySketch,
): readonly (readonly [number, string | null])[] {
  const topology = topologyOf(sketch)
  const wanted = new Set(topology.blocks.map(({ id }) => id as number))
  return decide(policy, topology, wanted).map(({ block, text }) => [block.id, text])
}

const online = (first: number, last: number, zone = 'Normal', device?: string) =>
  Array.from({ length: last - first + 1 }, (_, i) => ({
    id: first + i,
    zone,
    ...(device === undefined ? {} : { device }),
  }))
const offline = (first: number, last: number, more: object = {}) =>
  Array.from({ length: last - first + 1 }, (_, i) => ({
    id: first + i,
    state: 'offline' as const,
    ...more,
  }))

describe('a policy', () => {
  test('lets the first rule that fits decide', () => {
    const rules: PolicyRule[] = [
      { when: { node: [1] }, zone: 'leave' },
      { when: { device: ['PNP0C80:*'] }, zone: 'kernel' },
      { when: { addedBy: ['other'] }, zone: 'as-kernel' },
      MOVABLE,
    ]
    const sketch = {
      blocks: [
        ...online(0, 7),
        ...offline(8, 8, { node: 1 }),
        ...offline(9, 9, { device: 'PNP0C80:01' }),
        ...offline(10, 10),
      ],
    }
    expect(writes(policyOf(rules), sketch)).toEqual([
      [8, null],
      [9, 'online_kernel'],
      [10, 'online'],
    ])
  })

  test('leaves what no rule is for, and knows the architecture', () => {
    const sketch = { blocks: [...online(0, 3), ...offline(4, 4)] }
    expect(writes(policyOf([{ when: { arch: ['s390x'] }, zone: 'movable' }]), sketch)).toEqual([
      [4, null],
    ])
    expect(writes(policyOf([{ when: { arch: ['x86_64'] }, zone: 'movable' }]), sketch)).toEqual([
      [4, 'online_movable'],
    ])
  })

  test('tells who added memory by /proc/iomem', () => {
    const iomem = (name: string, child: string) => [
      {
        start: 8 * BLOCK_BYTES,
        end: 10 * BLOCK_BYTES,
        name,
        children: [{ start: 8 * BLOCK_BYTES, end: 10 * BLOCK_BYTES, name: child, children: [] }],
      },
    ]
    const blocks = [...online(0, 7), ...offline(8, 9)]
    const rules: PolicyRule[] = [{ when: { addedBy: ['kmem'] }, zone: 'leave' }, MOVABLE]
    const dax = { blocks, iomem: iomem('dax0.0', 'System RAM (kmem)') }
    expect(writes(policyOf(rules), dax).map(([, text]) => text)).toEqual([null, null])
    const virtio = { blocks, iomem: iomem('virtio0', 'System RAM (virtio_mem)') }
    expect(writes(policyOf(rules), virtio).map(([, text]) => text)).toEqual([
      'online_movable',
      'online_movable',
    ])
  })

  test('counts Movable against kernel memory, and decides on a device as a whole', () => {
    const rules = [{ when: {}, zone: 'movable', upToPercent: 100 } as const]
    const sketch = {
      blocks: [
        ...online(0, 3),
        ...offline(8, 9, { device: 'A' }),
        ...offline(10, 12, { device: 'B' }),
        ...offline(13, 13, { device: 'C' }),
      ],
    }
    // B would make it 125 %; it then counts as kernel memory.
    expect(writes(policyOf(rules), sketch)).toEqual([
      [8, 'online_movable'],
      [9, 'online_movable'],
      [10, 'online_kernel'],
      [11, 'online_kernel'],
      [12, 'online_kernel'],
      [13, 'online_movable'],
    ])
  })

  test('keeps what comes of a device later in the zone of the rest of it', () => {
    const rules = [{ when: {}, zone: 'movable', upToPercent: 10 } as const]
    const sketch = {
      blocks: [
        ...online(0, 3),
        ...online(8, 9, 'Movable', 'A'),
        ...offline(10, 10, { device: 'A' }),
      ],
    }
    expect(writes(policyOf(rules), sketch)).toEqual([[10, 'online_movable']])
  })

  test('tells small devices from large ones, and goes down where it is to', () => {
    const rules: PolicyRule[] = [
      { when: { atLeastBytes: 2 * BLOCK_BYTES, lessThanBytes: 3 * BLOCK_BYTES }, zone: 'movable' },
      { when: {}, zone: 'kernel' },
    ]
    const sketch = {
      blocks: [
        ...online(0, 3),
        ...offline(8, 9, { device: 'A' }),
        ...offline(10, 12, { device: 'B' }),
      ],
    }
    expect(writes(policyOf(rules, { order: 'descending' }), sketch)).toEqual([
      [12, 'online_kernel'],
      [11, 'online_kernel'],
      [10, 'online_kernel'],
      [9, 'online_movable'],
      [8, 'online_movable'],
    ])
  })

  test('does not ask for a zone that the block may not join', () => {
    const topology = topologyOf({ blocks: [...online(0, 3), ...offline(8, 8)] })
    const blocks = topology.blocks.map((block) =>
      block.id === 8
        ? { ...block, zones: { kind: 'candidates' as const, names: ['Normal'] } }
        : block,
    )
    const [decision] = decide(policyOf([MOVABLE]), { ...topology, blocks }, new Set([8]))
    expect(decision).toMatchObject({ text: null, why: expect.stringContaining('Normal alone') })
  })

  test('holds settings, and knows which the kernel lacks', () => {
    const settings = { auto_online_blocks: 'online', online_policy: 'contig-zones' } as const
    const topology = topologyOf({ blocks: online(0, 3) })
    const { steps } = settingsDue(policyOf([MOVABLE], { settings }), topology)
    expect(steps).toEqual([
      {
        kind: 'set',
        name: 'auto_online_blocks',
        path: '/sys/devices/system/memory/auto_online_blocks',
        text: 'online',
        from: 'offline',
      },
    ])
    const old = { ...topology, policy: { ...topology.policy, onlinePolicy: null } }
    expect(settingsDue(policyOf([MOVABLE], { settings }), old).missing).toEqual(['online_policy'])
  })

  test('never lets Movable exceed its share, and decides on every block once', () => {
    const devices = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        devices,
        fc.integer({ min: 0, max: 400 }),
        fc.constantFrom('ascending', 'descending'),
        (kernel, sizes, upToPercent, order) => {
          let next = 16
          const blocks = sizes.flatMap((size, at) => {
            next += size
            return offline(next - size, next - 1, { device: `D${at}` })
          })
          const policy = policyOf([{ when: {}, zone: 'movable', upToPercent }], { order })
          const said = writes(policy, { blocks: [...online(0, kernel - 1), ...blocks] })
          expect(said.map(([id]) => id).toSorted((a, b) => a - b)).toEqual(
            blocks.map(({ id }) => id),
          )
          let [inKernel, inMovable] = [kernel, 0]
          for (const [, text] of said)
            if (text === 'online_movable') inMovable += 1
            else inKernel += 1
          expect(inMovable * 100).toBeLessThanOrEqual(upToPercent * inKernel)
        },
      ),
      { numRuns: draws(100) },
    )
  })
})
