import { fromFlatView } from '@memhp/capture'
import { blockId, type Machine, restoreSnapshot, type Snapshot, takeSnapshot } from '@memhp/core'
import { bindBlock } from '@memhp/core/plugin'
import { FlatReader, flatView, parseTrace } from '@memhp/trace'
import { twinOf } from '@memhp/twin'
import { recordingText } from 'memhp-recordings'
import { describe, expect, it } from 'vitest'
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
  #before: View = {}

  constructor(machine: Machine) {
    this.#machine = machine
    this.#reader = new FlatReader(machine.tree)
  }

  /** @returns how many keys changed */
  read(): number {
    const whole = flatView(this.#machine.tree)
    const { view, changed } = this.#reader.read()
    expect(Object.fromEntries(view)).toEqual(whole)
    expect([...changed].sort()).toEqual(changedKeys(this.#before, whole))
    this.#before = whole
    return changed.length
  }
}

describe.each([
  'x86_64/x86_64-0003.json.gz',
  'x86_64/x86_64-0019.json.gz',
  'x86_64-faults/x86_64-faults-0104.json.gz',
  'ppc64le-radix/ppc64le-radix-0007.json.gz',
  'ppc64le-hash/ppc64le-hash-0002.json.gz',
  'walks/x86_64-boot-block-6.json.gz',
  'walks/x86_64-parameters.json.gz',
  'walks/ppc64le-hash-probe.json.gz',
])('along %s', (path) => {
  it.each([1, 7])('a flat view read every %i steps is the one read anew', async (period) => {
    let check: ReaderCheck | undefined
    let changes = 0
    await replayTrace(parseTrace(recordingText(path)), PLUGINS, {
      onStep: (index, machine) => {
        check ??= new ReaderCheck(machine)
        if (index % period === 0) changes += check.read()
      },
    })
    expect(changes).toBeGreaterThan(0)
  })

  it('a flat view read after each way back to the boot is the one read anew', async () => {
    let check: ReaderCheck | undefined
    let boot: Snapshot | undefined
    await replayTrace(parseTrace(recordingText(path)), PLUGINS, {
      onStep: (_, machine) => {
        boot ??= takeSnapshot(machine)
        check ??= new ReaderCheck(machine)
        check.read()
        const now = takeSnapshot(machine)
        restoreSnapshot(machine, boot)
        check.read()
        restoreSnapshot(machine, now)
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
