import { HotplugError } from '@memhp/core'
import { readTopology } from '@memhp/topology'
import { describe, expect, test } from 'vitest'
import { executePlan, type Plan, parseJournal, planRemoval, resumeRun, undoRun } from '../src/index'
import { type FakeFaults, type FakeTree, fakeTree } from './fake-tree'

const DEVICE = 'PNP0C80:00'

const SKETCH = {
  0: { state: 'online', zone: 'Normal' },
  8: { state: 'online', zone: 'Movable', device: DEVICE },
  9: { state: 'online', zone: 'Normal', device: DEVICE },
  10: { state: 'online', zone: 'Movable', device: DEVICE },
}
const LAST = 8

const planFor = async ({ tree }: FakeTree): Promise<Plan> =>
  planRemoval(
    await readTopology(tree),
    { kind: 'device', devices: [DEVICE] },
    { order: 'descending' },
  )

/** The machine and the journal at one moment of a run. */
interface Moment {
  readonly lines: readonly string[]
  readonly sketch: Parameters<typeof fakeTree>[0]
}

/** A sink that remembers the machine before and behind each line. */
function rememberingSink(fake: FakeTree): { append(line: string): void; moments: Moment[] } {
  const lines: string[] = []
  const moments: Moment[] = []
  const look = (): void => {
    const blocks = [...fake.blocks].map(([id, block]) => [id, { ...block }] as const)
    moments.push({ lines: [...lines], sketch: Object.fromEntries(blocks) })
  }
  const append = (line: string): void => {
    look()
    lines.push(line)
    look()
  }
  return { append, moments }
}

/** Every moment of a run at which it may be killed: behind each line, and behind each write. */
async function momentsOf(faults: FakeFaults): Promise<readonly Moment[]> {
  const fake = fakeTree(SKETCH, faults)
  const { append, moments } = rememberingSink(fake)
  await executePlan(fake.tree, await planFor(fake), { sink: { append } })
  // Without its first line there is not a journal.
  return moments.filter((moment) => moment.lines.length > 0)
}

const tables: [string, FakeFaults][] = [
  ['succeeds', {}],
  ['is refused', { refuseOffline: new Set([LAST]) }],
  ['is ignored', { ignoreEject: new Set([DEVICE]) }],
]

describe.each(tables)('a run that %s, killed at any moment', (_, faults) => {
  test('is resumed to the same end', async () => {
    const whole = fakeTree(SKETCH, faults)
    const { outcome } = await executePlan(whole.tree, await planFor(whole))
    for (const { lines, sketch } of await momentsOf(faults)) {
      const recorded = parseJournal(lines.join(''))
      if (recorded.outcome !== null) continue
      const fake = fakeTree(sketch, faults)
      const more = [...lines]
      const sink = { append: (line: string) => void more.push(line) }
      const execution = await resumeRun(fake.tree, recorded, { sink })
      expect(execution).toMatchObject({ outcome, leftovers: [] })
      expect(fake.snapshot()).toBe(whole.snapshot())
      expect(parseJournal(more.join('')).outcome).toBe(outcome)
    }
  })

  test('is undone, unless the device is gone, which is told', async () => {
    const before = fakeTree(SKETCH).snapshot()
    for (const { lines, sketch } of await momentsOf(faults)) {
      const fake = fakeTree(sketch, faults)
      const more = [...lines]
      const sink = { append: (line: string) => void more.push(line) }
      const { leftovers } = await undoRun(fake.tree, parseJournal(lines.join('')), { sink })
      if (fake.blocks.has(LAST)) {
        expect(leftovers).toEqual([])
        expect(fake.snapshot()).toBe(before)
      } else expect(leftovers).toEqual([expect.stringContaining(`${DEVICE} is removed`)])
      expect(parseJournal(more.join(''))).toMatchObject({ outcome: 'undone', rollback: 'asked' })
    }
  })
})

test('an undo that is killed is gone on with, and the first run stays as it was told', async () => {
  const faults = { refuseOnline: new Set([9]) }
  const fake = fakeTree({ ...SKETCH, 9: { state: 'online', zone: 'Normal' } }, faults)
  const plan = planRemoval(
    await readTopology(fake.tree),
    { kind: 'blocks', blocks: [9, 10] },
    { order: 'descending' },
  )
  const lines: string[] = []
  const sink = { append: (line: string) => void lines.push(line) }
  expect((await executePlan(fake.tree, plan, { sink })).outcome).toBe('done')
  const first = await undoRun(fake.tree, parseJournal(lines.join('')), { sink })
  expect(first.leftovers).toEqual([expect.stringContaining('refused “online_kernel”')])
  faults.refuseOnline.clear()
  const again = await undoRun(fake.tree, parseJournal(lines.join('')), { sink })
  expect(again.leftovers).toEqual([])
  // Only what was refused before is tried again.
  expect(again.undone.map(({ write }) => write.text)).toEqual(['online_kernel'])
})

test('an undo that is killed at any moment goes on, and asks for no device that is there', async () => {
  const before = fakeTree(SKETCH).snapshot()
  const again = { path: 'qmp:device_add', text: DEVICE }
  const withAgain = (fake: FakeTree): FakeTree['tree'] => ({
    ...fake.tree,
    write: (path, text) => {
      if (path !== again.path) return fake.tree.write(path, text)
      if (fake.blocks.has(LAST)) throw new HotplugError('REQUEST_REFUSED', 'EBUSY', 'Duplicate')
      const offline = Object.entries(SKETCH).filter(([id]) => Number(id) >= LAST)
      for (const [id, block] of offline) fake.blocks.set(Number(id), { ...block, state: 'offline' })
    },
  })
  const fake = fakeTree(SKETCH)
  const found = await planFor(fake)
  const steps = found.steps.map((step) =>
    step.kind === 'remove' ? { ...step, undo: again } : step,
  )
  const { append, moments } = rememberingSink(fake)
  await executePlan(withAgain(fake), { ...found, steps }, { sink: { append } })
  const done = moments.length
  const { lines } = moments[done - 1] as Moment
  await undoRun(withAgain(fake), parseJournal(lines.join('')), { sink: { append } })
  expect(fake.snapshot()).toBe(before)
  for (const moment of moments.slice(done)) {
    const killed = fakeTree(moment.sketch)
    const undoing = await undoRun(withAgain(killed), parseJournal(moment.lines.join('')))
    expect(undoing.leftovers).toEqual([])
    expect(killed.snapshot()).toBe(before)
  }
})

describe('after each step the tree has to agree', () => {
  const attempt = async (change: (fake: FakeTree) => FakeTree['tree']) => {
    const fake = fakeTree(SKETCH)
    const before = fake.snapshot()
    const plan = await planFor(fake)
    const { journal } = await executePlan(change(fake), plan)
    expect(fake.snapshot()).toBe(before)
    return journal.at(-1)?.result
  }
  const readsInstead =
    (path: RegExp, text: (fake: FakeTree) => string) =>
    (fake: FakeTree): FakeTree['tree'] => ({
      ...fake.tree,
      read: (asked) => (path.test(asked) ? text(fake) : fake.tree.read(asked)),
    })

  test.each([
    ['MemTotal', /meminfo/, 'MemTotal: 1000 kB\n', 'memory-total-unchanged'],
    ['the file online', /memory10\/online/, '1\n', 'online-differs'],
    ['iomem', /iomem/, '00000000-07ffffff : System RAM\n', 'iomem-not-listed'],
  ])('in %s', async (_, path, text, kind) => {
    expect(await attempt(readsInstead(path, () => text))).toMatchObject({
      kind: 'inconsistent',
      found: [{ kind }],
    })
  })

  test('where iomem hides its addresses it is not asked', async () => {
    const fake = fakeTree(SKETCH)
    const masked = readsInstead(/iomem/, () => '00000000-00000000 : System RAM\n')(fake)
    expect((await executePlan(masked, await planFor(fake))).outcome).toBe('done')
  })
})

test.each([
  ['before the block went', false],
  ['after it', true],
])('a write that is cut short %s, because the caller stops, is not a refusal', async (_, went) => {
  const fake = fakeTree(SKETCH)
  const before = fake.snapshot()
  const signal = { aborted: false }
  const { HotplugError } = await import('@memhp/core')
  const tree = {
    ...fake.tree,
    write: (path: string, text: string) => {
      if (!path.includes('memory9/') || text !== 'offline') return fake.tree.write(path, text)
      if (went) fake.tree.write(path, text)
      signal.aborted = true
      throw new HotplugError('NOT_WRITABLE', 'EINTR', 'stopped')
    },
  }
  expect((await executePlan(tree, await planFor(fake), { signal })).outcome).toBe('interrupted')
  expect(fake.snapshot()).toBe(before)
})
