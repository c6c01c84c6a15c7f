import { refusalOf } from '@memhp/core'
import { readTopology } from '@memhp/topology'
import { describe, expect, test } from 'vitest'
import { executePlan, type Plan, parseJournal, planRemoval } from '../src/index'
import { type FakeFaults, type FakeTree, fakeTree } from './fake-tree'

const DEVICE = 'PNP0C80:00'

const host = (faults: FakeFaults = {}): FakeTree =>
  fakeTree(
    {
      0: { state: 'online', zone: 'Normal' },
      8: { state: 'online', zone: 'Movable', device: DEVICE },
      9: { state: 'online', zone: 'Movable', device: DEVICE },
    },
    faults,
  )

const planFor = async ({ tree }: FakeTree): Promise<Plan> =>
  planRemoval(await readTopology(tree), { kind: 'device', devices: [DEVICE] })

/** A sink that fails when it is full. */
function sinkOf(mostLines = Number.POSITIVE_INFINITY) {
  const lines: string[] = []
  const append = (line: string): void => {
    if (lines.length === mostLines) throw new Error('The disk is full.')
    lines.push(line)
  }
  return { append, text: () => lines.join('') }
}

describe('a journal that is kept', () => {
  test.each<[string, FakeFaults]>([
    ['succeeded', {}],
    ['was refused and undone', { refuseOffline: new Set([8]) }],
    ['was ignored and undone', { ignoreEject: new Set([DEVICE]) }],
  ])('tells of a run that %s all that the run itself tells', async (_, faults) => {
    const fake = host(faults)
    const plan = await planFor(fake)
    const sink = sinkOf()
    const { outcome, journal, undone } = await executePlan(fake.tree, plan, { sink })
    const rollback = outcome === 'done' ? null : outcome
    const expected = { plan, about: null, journal, undone, outcome, pending: null, rollback }
    expect(parseJournal(sink.text())).toEqual(JSON.parse(JSON.stringify(expected)))
  })

  test('that cannot be kept ends the run, and all is as it was', async () => {
    for (let lines = 0; lines < 6; lines++) {
      const fake = host()
      const before = fake.snapshot()
      const { outcome, leftovers, unrecorded } = await executePlan(fake.tree, await planFor(fake), {
        sink: sinkOf(lines),
      })
      expect({ outcome, leftovers }).toEqual({ outcome: 'unrecorded', leftovers: [] })
      expect(unrecorded).toEqual(new Error('The disk is full.'))
      expect(fake.snapshot()).toBe(before)
      // No step is taken that no line tells of.
      expect(fake.writes.filter((write) => write.endsWith('=offline'))).toHaveLength(
        Math.min(2, Math.floor(lines / 2)),
      )
    }
  })

  test('is read without a last line that was cut off, and refused where another is damaged', async () => {
    const fake = host()
    const sink = sinkOf()
    await executePlan(fake.tree, await planFor(fake), { sink })
    const text = sink.text()
    expect(parseJournal(text.slice(0, -5))).toEqual({ ...parseJournal(text), outcome: null })
    const torn = text.replace('"kind":"result"', '"kind":')
    expect(refusalOf(() => parseJournal(torn))?.message).toBe('journal: line 3: is not JSON')
    expect(refusalOf(() => parseJournal(''))?.message).toBe('journal: line 1: is not a plan')
  })

  test('is refused, with the line, where a line is none that is written', async () => {
    const fake = host({ refuseOffline: new Set([8]) })
    const sink = sinkOf()
    await executePlan(fake.tree, await planFor(fake), { sink })
    const lines = sink.text().trimEnd().split('\n')
    const kinds = lines.map((line) => (JSON.parse(line) as { readonly kind: string }).kind)
    expect(new Set(kinds)).toEqual(
      new Set(['plan', 'step', 'result', 'rollback', 'undoing', 'undone', 'end']),
    )
    const told = (at: number, line: string): string | undefined =>
      refusalOf(() => parseJournal(`${lines.with(at, line).join('\n')}\n`))?.message
    for (const [at, line] of lines.entries()) {
      const where = `journal: line ${at + 1}: `
      for (const other of ['null', '7', '[]', '{}', '{"kind":"toString"}'])
        expect(told(at, other)).toBe(`${where}is not a line of a journal`)
      for (const key of Object.keys(JSON.parse(line) as object).filter((each) => each !== 'kind')) {
        const without = { ...(JSON.parse(line) as object), [key]: undefined }
        expect(told(at, JSON.stringify(without))).toBe(`${where}${key} is missing.`)
      }
    }
    const result = kinds.indexOf('result')
    const path = '"undo":{"path":"'
    const torn = (lines[result] ?? '').replace(path, '"undo":{"way":"')
    expect(told(result, torn)).toMatch(/line 3: entry\.undo\.way this key is not known/)
  })

  test.each(['/etc/passwd', '/sys/../etc/passwd', '/sys/..', 'hypervisor:../x'])(
    'is refused where what it would have written is not a file of the kernel: %s',
    async (path) => {
      const fake = host()
      const sink = sinkOf()
      await executePlan(fake.tree, await planFor(fake), { sink })
      const state = '"/sys/devices/system/memory/memory8/state"'
      for (const lines of ['"undo":{"path":', '"step":{"kind":"offline","block":8,"path":']) {
        const forged = sink.text().replace(`${lines}${state}`, `${lines}${JSON.stringify(path)}`)
        expect(refusalOf(() => parseJournal(forged))?.message).toMatch(/^journal: line \d+: /)
      }
    },
  )

  test('is refused where it would write another file than that of its step', async () => {
    const fake = host()
    const sink = sinkOf()
    await executePlan(fake.tree, await planFor(fake), { sink })
    const [file, other] = [8, 0].map((id) => `/sys/devices/system/memory/memory${id}/state`)
    const told = (before: string): string | undefined => {
      const forged = sink.text().replace(`${before}"${file}"`, `${before}"${other}"`)
      expect(forged).not.toBe(sink.text())
      return refusalOf(() => parseJournal(forged))?.message.replace(/^journal: line \d+: /, '')
    }
    expect(told('"undo":{"path":')).toBe(`what was written to ${file} is undone in ${other}`)
    expect(told('"step":{"kind":"offline","block":8,"path":')).toBe(
      `what is for ${file} is written to ${other}`,
    )
    expect(told('{"kind":"offline","block":8,"path":')).toBe(
      `what is for ${file} is written to ${other}`,
    )
  })
})
