import { expect, test } from 'vitest'
import { describeRiscv } from './describe'
import { riscvMapping } from './geometry'
import { modeOf, type TranslationMode } from './options'

const formatOf = (mode: TranslationMode) => {
  const { tables } = riscvMapping(mode, 0)
  if (tables === undefined) throw new Error('there are tables')
  const { entries, levels } = tables
  const word = ({ low, high }: { readonly low: number; readonly high: number }): bigint =>
    (BigInt(high) << 32n) | BigInt(low)
  return { entries, last: levels.length - 1, word }
}

test.each(['sv39', 'sv48', 'sv57'] as const)(
  'a page, a leaf above and a table, with %s',
  (mode) => {
    const { entries, last, word } = formatOf(mode)
    for (const address of [0x20_0000, 2 ** 41 + 0x4000_0000, 2 ** 52 - 2 ** 30]) {
      const number = BigInt(address) >> 2n
      for (const level of [last, last - 1]) {
        const leaf = entries.leaf(address, level)
        // Valid, readable, writable, global, accessed, dirty.
        expect(word(leaf)).toBe(number | 0xe7n)
        expect(entries.isLeaf(leaf.low, leaf.high, level)).toBe(true)
        expect(entries.address(leaf.low, leaf.high, level)).toBe(address)
        expect(entries.flags?.(leaf.low, leaf.high, level)).toBe('VRW--GAD')
      }
      const table = entries.table(address, 0)
      expect(word(table)).toBe(number | 1n)
      expect(entries.isLeaf(table.low, table.high, 0)).toBe(false)
      expect(entries.address(table.low, table.high, 0)).toBe(address)
    }
  },
)

test('what is executable alone is a leaf, too', () => {
  const { entries } = formatOf('sv57')
  expect(entries.isLeaf(0x9, 0, 1)).toBe(true)
  expect(entries.isNone(0, 0, 1)).toBe(true)
  expect(entries.isNone(1, 0, 1)).toBe(false)
})

test.each([
  ['', 'sv57'],
  ['quiet no5lvl', 'sv48'],
  ['no5lvl no4lvl', 'sv39'],
  ['no4lvls', 'sv57'],
])('the command line "%s" leaves %s', (cmdline, mode) => {
  expect(modeOf(cmdline)).toBe(mode)
})

test('a host is described by what its processor names, if that is known', () => {
  const host = { blockBytes: 2 ** 27, pageBytes: 4096, parameters: [], directMap: new Map() }
  const text = () => undefined
  const described = (mmu: string) => describeRiscv({ ...host, text, cpu: { flags: [], mmu } })
  expect(described('sv48')).toEqual({ mode: 'sv48' })
  expect(described('none')).toEqual({})
  expect(describeRiscv({ ...host, text, cpu: undefined })).toEqual({})
})
