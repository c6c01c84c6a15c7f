import { createMachine, type Machine, physAddr, refusalOf } from '@memhp/core'
import { ARCHS, PLUGINS } from '@memhp/platforms'
import { describe, expect, test } from 'vitest'
import { describeSmall } from '../src/archs/survey'
import { flagMeanings, mappingRuns } from '../src/commands/show/mapping'

const KINDS = ARCHS.flatMap((arch) =>
  Object.entries(arch.variants ?? { '': {} }).map(([kind, options]) => ({ arch, kind, options })),
)

/** Kernels that run on an architecture differ in what they add, not in the format of their entries: the oldest that it has. */
const KERNELS = ['v3.10', 'v6.1', 'v6.12']

const ALL_BITS = 0xffffffff

/** Every text of flags that a machine can print: those of its first block, and those of entries with all bits set. */
function flagsOf(machine: Machine): readonly string[] {
  const { arch, geometry } = machine
  const { tables, direct } = arch.mapping
  const range = { start: physAddr(0), end: physAddr(geometry.blockBytes) }
  const isMapped = tables !== undefined || arch.entries !== undefined || direct.kind === 'fixed'
  const shown = isMapped ? mappingRuns(machine, range).map(({ flags }) => flags) : []
  const possible = tables?.levels.map((_, i) => tables.entries.flags?.(ALL_BITS, ALL_BITS, i) ?? '')
  return [...shown, ...(possible ?? [])]
}

describe.each(KINDS)('$arch.name, $kind', ({ arch, options }) => {
  const plugins = { ...PLUGINS, archs: [arch], drivers: [] }
  const kernel = KERNELS.find(
    (name) =>
      refusalOf(() => createMachine(describeSmall(arch, options, name), plugins)) === undefined,
  )
  const machine = createMachine(describeSmall(arch, options, kernel ?? ''), plugins)
  const meanings = flagMeanings(machine)

  test('each flag that is printed has its meaning', () => {
    const all = flagsOf(machine)
    expect(all.length).toBeGreaterThan(0)
    for (const flags of all) {
      if (flags in meanings) continue
      for (const letter of flags.replaceAll('-', ''))
        expect(Object.keys(meanings)).toContain(letter)
    }
  })

  test('each meaning is that of a flag that can be printed', () => {
    const all = flagsOf(machine)
    for (const [flag, meaning] of Object.entries(meanings)) {
      expect(meaning).toMatch(/^[a-z]/)
      expect(
        all.some((flags) => (flag.length === 1 ? flags.includes(flag) : flags === flag)),
        flag,
      ).toBe(true)
    }
  })
})
