import { GIB, MIB } from '@memhp/core'
import { formatWord, pageTableProblem } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { narrowGeometry, narrowMapping } from './geometry-32'
import { parseNarrowOptions } from './options-32'

const entriesOf = (pae: boolean) => {
  const { tables } = narrowMapping(parseNarrowOptions({ pae }))
  if (tables === undefined) throw new Error('The direct map is in tables.')
  return tables.entries
}
const word = (entry: { low: number; high: number }): string => formatWord(entry.low, entry.high)

// The values are those of the specification of the series: sections 5.1.1 and 5.2.
describe('entries with PAE', () => {
  const entries = entriesOf(true)
  const [PGD, PMD, PTE] = [0, 1, 2]

  test('of the top level have bit 0 alone, and those of PMD tables are 0x67', () => {
    expect(word(entries.table(0x7000, PGD))).toBe('0x0000000000007001')
    expect(word(entries.table(0x7000, PMD))).toBe('0x0000000000007067')
  })

  test('are leaves of 8 bytes that bit 63 keeps from execution', () => {
    expect(word(entries.leaf(5 * GIB, PTE))).toBe('0x8000000140000163')
    expect(word(entries.leaf(2 * MIB, PMD))).toBe('0x80000000002001e3')
  })
})

describe('entries without PAE', () => {
  const entries = entriesOf(false)
  const [PGD, PTE] = [0, 1]

  test('fit into 4 bytes', () => {
    expect(entries.table(0xfc00_1000, PGD)).toEqual({ low: 0xfc00_1067, high: 0 })
    expect(entries.leaf(0x37bf_f000, PTE)).toEqual({ low: 0x37bf_f163, high: 0 })
    expect(entries.leaf(0x3780_0000, PGD)).toEqual({ low: 0x3780_01e3, high: 0 })
    expect(entries.flags?.(0x1e3, 0, PGD)).toBe('GPDA---W')
  })
})

test.each([true, false])('the geometry fits together, PAE %s', (pae) => {
  const options = parseNarrowOptions({ pae })
  const geometry = narrowGeometry(options, options.lowmemBytes)
  expect(pageTableProblem({ geometry, mapping: narrowMapping(options) })).toBeUndefined()
})
