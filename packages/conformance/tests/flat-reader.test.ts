import { fromFlatView } from '@memhp/capture'
import {
  blockId,
  createMachine,
  invariant,
  type Machine,
  registerMemoryNotifier,
  restoreSnapshot,
  type Snapshot,
  takeSnapshot,
} from '@memhp/core'
import { bindBlock } from '@memhp/core/plugin'
import { FlatReader, type FlatViewOptions, flatView, parseTrace, partsOf } from '@memhp/trace'
import { twinOf } from '@memhp/twin'
import { recordingText } from 'memhp-recordings'
import { describe, expect, it } from 'vitest'
import { sampleOf } from '../../../tests/thorough'
import { replayTrace } from '../src/index'
import { PLUGINS } from './plugins'

type View = Readonly<Record<string, string>>

const changedKeys = (before: View, after: View): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .sort()

/** Reads a machine again and again, each time beside a reader that has seen nothing before. */
class ReaderCheck {
  readonly #reader: FlatReader
  readonly #machine: Machine
  readonly #options: FlatViewOptions
  #before: View = {}

  constructor(machine: Machine, options: FlatViewOptions = {}) {
    this.#machine = machine
    this.#options = options
    this.#reader = new FlatReader(machine.tree, options)
  }

  /** @returns how many keys changed */
  read(): number {
    const whole = flatView(this.#machine.tree, this.#options)
    const { view, changed } = this.#reader.read()
    expect(Object.fromEntries(view)).toEqual(whole)
    expect([...changed].sort()).toEqual(changedKeys(this.#before, whole))
    this.#before = whole
    return changed.length
  }

  /** Reads a machine of the same state, too, of which no file was read before. */
  readAnew(): void {
    const other = createMachine(this.#machine.description, PLUGINS)
    restoreSnapshot(other, takeSnapshot(this.#machine))
    expect(flatView(other.tree, this.#options)).toEqual(this.#before)
  }
}

/** The first of them stand for the others where time is short. */
const TRACES = [
  'x86_64/x86_64-0003.json.gz',
  'ppc64le-radix/ppc64le-radix-0007.json.gz',
  'ppc64le-hash/ppc64le-hash-0002.json.gz',
  'x86_64-3.10/310-hwpoison.json.gz',
  'x86_64/x86_64-0019.json.gz',
  'x86_64-faults/x86_64-faults-0104.json.gz',
  'walks/x86_64-boot-block-6.json.gz',
  'walks/x86_64-parameters.json.gz',
  'walks/ppc64le-hash-probe.json.gz',
  'x86_64-3.10/310-faults.json.gz',
  'x86_64-3.10/x86_64-3.10-4231.json.gz',
]

describe.each(sampleOf(TRACES, 4))('along %s', (path) => {
  const trace = parseTrace(recordingText(path))
  const options = { parts: partsOf(trace.boot) }

  it.each([1, 7])('a flat view read every %i steps is the one read anew', async (period) => {
    let check: ReaderCheck | undefined
    let changes = 0
    await replayTrace(trace, PLUGINS, {
      onStep: (index, machine) => {
        check ??= new ReaderCheck(machine, options)
        if (index % period !== 0) return
        changes += check.read()
        if (period > 1) check.readAnew()
      },
    })
    expect(changes).toBeGreaterThan(0)
  })

  it('a flat view read after each way back to the boot is the one read anew', async () => {
    let check: ReaderCheck | undefined
    let boot: Snapshot | undefined
    await replayTrace(trace, PLUGINS, {
      onStep: (index, machine) => {
        boot ??= takeSnapshot(machine)
        check ??= new ReaderCheck(machine, options)
        check.read()
        const now = takeSnapshot(machine)
        restoreSnapshot(machine, boot)
        check.read()
        if (index % 7 === 0) check.readAnew()
        restoreSnapshot(machine, now)
      },
    })
  })

  it('a flat view read in the midst of operations, too, is the one read anew', async () => {
    let check: ReaderCheck | undefined
    await replayTrace(trace, PLUGINS, {
      onStep: (_, machine) => {
        if (check === undefined) {
          const reader = new ReaderCheck(machine, options)
          const notifier = (): 'ok' => {
            reader.read()
            return 'ok'
          }
          registerMemoryNotifier(machine.memoryChain, { name: 'reader', priority: 9, notifier })
          check = reader
        }
        check.read()
      },
    })
  })
})

it('a flat view shows what an online block was bound to since it was read', async () => {
  const trace = parseTrace(recordingText('x86_64/x86_64-0003.json.gz'))
  const { machine } = await twinOf(fromFlatView(trace), PLUGINS)
  const check = new ReaderCheck(machine)
  check.read()
  for (const firmwareNode of ['../device:1', '../device:2', null]) {
    bindBlock(machine, { id: blockId(1), firmwareNode })
    expect(check.read()).toBe(1)
  }
  expect(check.read()).toBe(0)
})

describe('a flat view read again shows', async () => {
  const trace = parseTrace(recordingText('x86_64/x86_64-0003.json.gz'))
  const { machine } = await twinOf(fromFlatView(trace), PLUGINS)
  const check = new ReaderCheck(machine, { parts: partsOf(trace.boot) })
  check.read()
  const { zones, resources } = machine.state.memory
  const [zone] = [...zones.values()].filter(({ presentPages }) => presentPages > 0)
  const entry = resources.children.findLast(({ name }) => name === 'System RAM')
  invariant(zone !== undefined && entry !== undefined, 'The machine has memory.')

  it.each([
    ['where a zone starts', zone, 'startPfn'],
    ['the span of a zone', zone, 'spannedPages'],
    ['its present pages', zone, 'presentPages'],
    ['its managed pages', zone, 'managedPages'],
    ['its free pages', zone.free, 'freePages'],
    ['where memory ends in iomem', entry, 'end'],
  ])('%s, where nothing else changed', (_, holder: object, field: string) => {
    const numbers = holder as Record<string, number>
    numbers[field] = (numbers[field] ?? 0) + 1
    expect(check.read()).toBeGreaterThan(0)
    check.readAnew()
  })
})
