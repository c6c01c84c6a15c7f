import { HotplugError, type LocalTree } from '@memhp/core'
import { readTopology } from '@memhp/topology'
import { describe, expect, test } from 'vitest'
import {
  decide,
  entriesToUndo,
  executePlan,
  onlineSteps,
  type Plan,
  parseJournal,
  parsePlanFile,
  planFileOf,
  policyPlan,
  resumeRun,
  type SetStep,
  serialisePlanFile,
  undoRun,
} from '../src/index'
import { type FakeFaults, type FakeTree, fakeTree } from './fake-tree'

const KNOB = '/sys/devices/system/memory/auto_online_blocks'
const SET: SetStep = {
  kind: 'set',
  name: 'auto_online_blocks',
  path: KNOB,
  text: 'offline',
  from: 'online',
}
const SKETCH = {
  0: { state: 'online', zone: 'Normal' },
  8: { state: 'offline', zone: 'Normal' },
  9: { state: 'offline', zone: 'Normal' },
}

/** A fake machine with a setting. */
interface Host {
  readonly fake: FakeTree
  readonly tree: LocalTree
  knob: string
}

function hostOf(
  sketch: Parameters<typeof fakeTree>[0],
  { faults = {}, knob = 'online' }: { readonly faults?: FakeFaults; readonly knob?: string } = {},
): Host {
  const fake = fakeTree(sketch, faults)
  const host: Host = {
    fake,
    knob,
    tree: {
      ...fake.tree,
      read: (path) => (path === KNOB ? `${host.knob}\n` : fake.tree.read(path)),
      write: (path, text) => {
        if (path !== KNOB) return fake.tree.write(path, text)
        host.knob = text
        return undefined
      },
    },
  }
  return host
}

async function planFor({ tree }: Host): Promise<Plan> {
  const topology = await readTopology(tree)
  const policy = {
    rules: [{ when: {}, zone: 'movable' }],
    order: 'ascending',
    atStart: 'online',
    settings: {},
    changedByOthers: 'put-back',
  } as const
  const steps = [SET, ...onlineSteps(decide(policy, topology, new Set([8, 9])))]
  return policyPlan(topology, { name: 'policy.yaml', steps })
}

const lookOf = ({ fake, knob }: Host): string => `${fake.snapshot()}\n${knob}`
const DONE = '0 online Normal\n8 online Movable\n9 online Movable\noffline'

describe('what a policy asks for', () => {
  test('is done, held against the tree, and taken back', async () => {
    const host = hostOf(SKETCH)
    const before = lookOf(host)
    const lines: string[] = []
    const plan = await planFor(host)
    const sink = { append: (line: string) => void lines.push(line) }
    const { outcome, journal } = await executePlan(host.tree, plan, { sink })
    expect(outcome).toBe('done')
    expect(journal.map(({ result }) => result.kind)).toEqual(['done', 'done', 'done'])
    expect(lookOf(host)).toBe(DONE)
    const recorded = parseJournal(lines.join(''))
    expect(entriesToUndo(recorded)).toHaveLength(3)
    await undoRun(host.tree, recorded)
    expect(lookOf(host)).toBe(before)
  })

  test('is taken back once, also where another has put a setting back already', async () => {
    const host = hostOf(SKETCH)
    const before = lookOf(host)
    const lines: string[] = []
    const sink = { append: (line: string) => void lines.push(line) }
    await executePlan(host.tree, await planFor(host), { sink })
    host.knob = 'online'
    const { undone, leftovers } = await undoRun(host.tree, parseJournal(lines.join('')), { sink })
    expect(undone.map(({ result }) => result.kind)).toEqual(['done', 'done', 'skipped'])
    expect(leftovers).toEqual([])
    expect(lookOf(host)).toBe(before)
    expect(entriesToUndo(parseJournal(lines.join('')))).toEqual([])
  })

  test('is done but for what refuses, which undoes nothing', async () => {
    const host = hostOf(SKETCH, { faults: { refuseOnline: new Set([8]) } })
    const { outcome, journal, undone } = await executePlan(host.tree, await planFor(host))
    expect({ outcome, undone }).toEqual({ outcome: 'done', undone: [] })
    expect(journal.map(({ result }) => result.kind)).toEqual(['done', 'refused', 'done'])
    expect(lookOf(host)).toBe('0 online Normal\n8 offline \n9 online Movable\noffline')
  })

  test('is not believed where a block comes to another zone', async () => {
    const host = hostOf(SKETCH, { faults: { comeBackIn: { 8: 'Normal' } } })
    const { journal } = await executePlan(host.tree, await planFor(host))
    expect(journal[1]?.result).toMatchObject({
      kind: 'inconsistent',
      found: [{ kind: 'zone-differs', message: expect.stringContaining('is in Normal') }],
    })
  })

  test('is refused of a block and a setting that are not there, and skipped where it is so', async () => {
    const host = hostOf({ ...SKETCH, 8: { state: 'online', zone: 'Normal' } }, { knob: 'offline' })
    const plan = await planFor(hostOf(SKETCH))
    host.fake.blocks.delete(9)
    const { journal } = await executePlan(host.tree, plan)
    expect(journal.map(({ result }) => result.kind)).toEqual(['skipped', 'skipped', 'refused'])
    const bare = await executePlan(host.fake.tree, plan)
    expect(bare.journal[0]?.result).toMatchObject({ kind: 'refused', code: 'NO_SUCH_FILE' })
  })

  test('stops between two steps where it is asked to, and leaves what is done', async () => {
    const host = hostOf(SKETCH)
    const signal = { aborted: false }
    const onProgress = ({ kind }: { readonly kind: string }): void => {
      if (kind === 'result') signal.aborted = true
    }
    const { undone } = await executePlan(host.tree, await planFor(host), { signal, onProgress })
    expect(undone).toEqual([])
    expect(lookOf(host)).toBe('0 online Normal\n8 offline \n9 offline \noffline')
  })

  test('is gone on with, or taken back, wherever it was cut short', async () => {
    const first = hostOf(SKETCH)
    const before = lookOf(first)
    const plan = await planFor(first)
    const moments: { lines: string[]; sketch: typeof SKETCH; knob: string }[] = []
    const lines: string[] = []
    const look = (): void => {
      const blocks = [...first.fake.blocks].map(([id, block]) => [id, { ...block }] as const)
      const sketch = Object.fromEntries(blocks) as typeof SKETCH
      if (lines.length > 0) moments.push({ lines: [...lines], sketch, knob: first.knob })
    }
    const append = (line: string): void => {
      look()
      lines.push(line)
      look()
    }
    await executePlan(first.tree, plan, { sink: { append } })
    expect(moments.length).toBeGreaterThan(10)
    for (const { lines: kept, sketch, knob } of moments) {
      const recorded = parseJournal(kept.join(''))
      const forward = hostOf(sketch, { knob })
      if (recorded.outcome === null) await resumeRun(forward.tree, recorded)
      expect(lookOf(forward)).toBe(DONE)
      const back = hostOf(sketch, { knob })
      await undoRun(back.tree, recorded)
      expect(lookOf(back)).toBe(before)
    }
  })

  test('is never taken from a plan file', async () => {
    const host = hostOf(SKETCH)
    const about = { tool: 'memhp', madeAt: '2026-01-01T00:00:00Z' }
    const file = planFileOf(await planFor(host), await readTopology(host.tree), about)
    expect(() => parsePlanFile(serialisePlanFile(file))).toThrow(HotplugError)
  })
})
