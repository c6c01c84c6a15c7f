import { type BlockId, blockId } from '@memhp/core'
import { readTopology } from '@memhp/topology'
import { describe, expect, test } from 'vitest'
import {
  type ExecuteOptions,
  executePlan,
  type Plan,
  type Progress,
  planRemoval,
} from '../src/index'
import { type FakeFaults, type FakeTree, fakeTree } from './fake-tree'

const D0 = 'PNP0C80:00'
const D1 = 'PNP0C80:01'

const host = (faults: FakeFaults = {}): FakeTree =>
  fakeTree(
    {
      0: { state: 'online', zone: 'Normal' },
      8: { state: 'online', zone: 'Movable', device: D0 },
      9: { state: 'online', zone: 'Normal', device: D0 },
      10: { state: 'offline', zone: 'Normal', device: D0 },
      11: { state: 'online', zone: 'Movable', device: D0 },
      16: { state: 'online', zone: 'Movable', device: D1 },
    },
    faults,
  )

async function planFor(fake: FakeTree, ...devices: string[]): Promise<Plan> {
  const topology = await readTopology(fake.tree)
  return planRemoval(topology, { kind: 'device', devices }, { order: 'descending' })
}

async function run(faults: FakeFaults, devices: readonly string[], options?: ExecuteOptions) {
  const fake = host(faults)
  const before = fake.snapshot()
  const plan = await planFor(fake, ...devices)
  return { fake, before, plan, execution: await executePlan(fake.tree, plan, options) }
}

describe('a run that succeeds', () => {
  test('writes offline from the highest down, then ejects, and looks at the result', async () => {
    const { fake, execution } = await run({}, [D0])
    expect(fake.writes).toEqual([
      'memory11/state=offline',
      'memory9/state=offline',
      'memory8/state=offline',
      'PNP0C80:00/eject=1',
    ])
    expect(execution).toMatchObject({
      outcome: 'done',
      undone: [],
      leftovers: [],
      inconsistencies: [],
    })
    expect([...fake.blocks.keys()]).toEqual([0, 16])
  })

  test('ejects only when all blocks of all devices are offline', async () => {
    const { fake } = await run({}, [D0, D1])
    expect(fake.writes.map((write) => write.split('/')[0])).toEqual([
      'memory16',
      'memory11',
      'memory9',
      'memory8',
      D1,
      D0,
    ])
  })

  test('reports each step and its result', async () => {
    const news: string[] = []
    const onProgress = (progress: Progress): void => {
      news.push(
        progress.kind === 'undo' ? 'undo' : `${progress.kind} ${progress.index}/${progress.total}`,
      )
    }
    await run({}, [D1], { onProgress })
    expect(news).toEqual(['step 0/2', 'result 0/2', 'step 1/2', 'result 1/2'])
  })

  test('can be repeated: what is done already is left alone', async () => {
    const fake = host()
    const plan = await planFor(fake, D0)
    fake.tree.write('/sys/devices/system/memory/memory11/state', 'offline')
    const execution = await executePlan(fake.tree, plan)
    expect(execution.outcome).toBe('done')
    expect(execution.journal[0]?.result).toEqual({
      kind: 'skipped',
      why: 'The block is offline already.',
    })
  })

  test('waits for an ejection that takes its time', async () => {
    const waited: number[] = []
    const { execution } = await run({ ejectAfter: 8 }, [D0], {
      settle: ({ attempt }) => {
        waited.push(attempt)
        return 'again'
      },
    })
    expect(execution.outcome).toBe('done')
    expect(waited).toEqual([0, 1])
  })

  test('may be awaited: the tree answers later', async () => {
    const fake = host()
    const plan = await planFor(fake, D1)
    const { tree } = fake
    const later = {
      read: async (path: string) => tree.read(path),
      write: async (path: string, text: string) => tree.write(path, text),
      list: async (path: string) => tree.list(path),
      readlink: async (path: string) => tree.readlink(path),
      lookup: async (path: string) => tree.lookup(path),
    }
    expect((await executePlan(later, plan)).outcome).toBe('done')
  })
})

describe('a run that is refused', () => {
  test('puts every block back to the zone that it was in, last first', async () => {
    const { fake, before, execution } = await run({ refuseOffline: new Set([8]) }, [D0])
    expect(fake.writes.slice(3)).toEqual([
      'memory9/state=online_kernel',
      'memory11/state=online_movable',
    ])
    expect(fake.snapshot()).toBe(before)
    expect(execution).toMatchObject({ outcome: 'refused', leftovers: [] })
    expect(execution.undone.map(({ index, undoes }) => [index, undoes])).toEqual([
      [3, 1],
      [4, 0],
    ])
    expect(execution.journal[2]?.result).toMatchObject({ kind: 'refused', errno: 'EBUSY' })
  })

  test('leaves blocks offline that were offline before', async () => {
    const { fake } = await run({ refuseOffline: new Set([8]) }, [D0])
    expect(fake.blocks.get(10)?.state).toBe('offline')
  })

  test('does not stop undoing at what does not come back, and says so', async () => {
    const faults = { refuseOffline: new Set([8]), refuseOnline: new Set([9]) }
    const { fake, execution } = await run(faults, [D0])
    expect(fake.blocks.get(11)).toMatchObject({ state: 'online', zone: 'Movable' })
    expect(execution.leftovers).toHaveLength(1)
    expect(execution.leftovers[0]).toMatch(/memory9\/state refused “online_kernel” with EBUSY/)
  })

  test('notices a block that came back in another zone', async () => {
    const faults = { refuseOffline: new Set([8]), comeBackIn: { 11: 'Normal' } }
    const { execution } = await run(faults, [D0])
    expect(execution.leftovers).toEqual(['memory11 was in Movable and is now in Normal.'])
  })

  test('by the second ejection cannot bring the first device back, and says so', async () => {
    const { fake, execution } = await run({ refuseEject: new Set([D0]) }, [D0, D1])
    expect(execution.outcome).toBe('refused')
    expect(fake.blocks.get(8)).toMatchObject({ state: 'online', zone: 'Movable' })
    expect(fake.blocks.has(16)).toBe(false)
    expect(execution.leftovers.some((text) => text.startsWith(`${D1} is removed`))).toBe(true)
  })

  test('refuses a plan whose block is gone', async () => {
    const fake = host()
    const plan = await planFor(fake, D1)
    fake.blocks.delete(16)
    const execution = await executePlan(fake.tree, plan)
    expect(execution.journal[0]?.result).toMatchObject({ kind: 'refused', errno: 'ENOENT' })
  })
})

describe('a file that says yes is not believed', () => {
  test('when the block is still online', async () => {
    const { fake, before, execution } = await run({ ignoreOffline: new Set([8]) }, [D0])
    expect(execution.outcome).toBe('inconsistent')
    expect(execution.journal.at(-1)?.result).toMatchObject({
      kind: 'inconsistent',
      found: [{ kind: 'block-not-offline' }],
    })
    expect(fake.snapshot()).toBe(before)
  })

  test('when the ejection did nothing', async () => {
    const { fake, before, execution } = await run({ ignoreEject: new Set([D0]) }, [D0])
    expect(execution.outcome).toBe('inconsistent')
    expect(fake.snapshot()).toBe(before)
  })

  test('when a block was brought back before the ejection', async () => {
    const fake = host()
    const plan = await planFor(fake, D0)
    const execution = await executePlan(fake.tree, plan, {
      onProgress: (progress) => {
        if (progress.kind !== 'step' || progress.step.kind !== 'remove') return
        fake.tree.write('/sys/devices/system/memory/memory11/state', 'online')
      },
    })
    expect(execution.journal.at(-1)?.result).toMatchObject({
      kind: 'inconsistent',
      found: [{ kind: 'block-came-back' }],
    })
    expect(fake.writes).not.toContain(`${D0}/eject=1`)
  })
})

test('a run that is stopped undoes what it did', async () => {
  const signal = { aborted: false }
  const { fake, before, execution } = await run({}, [D0], {
    signal,
    onProgress: (progress) => {
      if (progress.kind === 'result' && progress.index === 1) signal.aborted = true
    },
  })
  expect(execution.outcome).toBe('interrupted')
  expect(execution.journal).toHaveLength(2)
  expect(fake.snapshot()).toBe(before)
})

test('what is not a refusal is thrown on', async () => {
  const fake = host()
  const plan = await planFor(fake, D1)
  const broken = {
    ...fake.tree,
    write: () => {
      throw new RangeError('a bug')
    },
  }
  await expect(executePlan(broken, plan)).rejects.toThrow(RangeError)
})

test('a block number of the plan is a block number of the machine', async () => {
  const plan = await planFor(host(), D1)
  const [block]: readonly BlockId[] = plan.expected.goneBlocks
  expect(block).toBe(blockId(16))
})
