import { bitEntries, type EntryFormat, type PageTableLevel } from '@memhp/core/plugin'

/*
 * An entry of a radix page table, as the kernel reads it (in memory it is big-endian):
 *
 * | bit | letter | meaning |
 * | --- | --- | --- |
 * | 0 | X | execution allowed |
 * | 1 | W | writing allowed |
 * | 2 | R | reading allowed |
 * | 3 | P | privileged: for the kernel only |
 * | 4-5 | | memory attribute: 0 cached, 1 SAO, 2 non-idempotent, 3 tolerant |
 * | 7 | D | dirty |
 * | 8 | A | referenced |
 * | 12-52 | | page number, each bit in its place |
 * | 61 | I | soft invalid |
 * | 62 | L | leaf; clear in an entry that points at a table |
 * | 63 | V | present |
 *
 * In an entry that points at a table bits 0 to 4 hold the number of index bits of that table.
 *
 * Source: spec 7.4; arch/powerpc/include/asm/book3s/64/pgtable.h 6.1; Power ISA 3.0, book III, 5.7.10.
 */
const EXECUTE = 0
const WRITE = 1
const READ = 2
const PRIVILEGED = 3
const DIRTY = 7
const REFERENCED = 8
const SOFT_INVALID = 61
const LEAF = 62
const PRESENT = 63

/** Entries of radix tables of these levels, top first. */
export function entryFormat(levels: readonly PageTableLevel[]): EntryFormat {
  const format = bitEntries(levels, {
    table: [PRESENT],
    // 0xc00000000000018e
    leaf: [PRESENT, LEAF, REFERENCED, DIRTY, PRIVILEGED, READ, WRITE],
    leafMark: [LEAF],
    address: { from: 12, end: 53 },
    letters: [
      ['V', PRESENT, 'present'],
      ['L', LEAF, 'leaf'],
      ['I', SOFT_INVALID, 'invalid for a moment'],
      ['A', REFERENCED, 'accessed'],
      ['D', DIRTY, 'dirty'],
      ['P', PRIVILEGED, 'kernel only'],
      ['R', READ, 'readable'],
      ['W', WRITE, 'writable'],
      ['X', EXECUTE, 'executable'],
    ],
  })
  return {
    ...format,
    table: (tableAddress, levelIndex) => {
      const indexBits = levels[levelIndex + 1]?.indexBits ?? 0
      return format.table(tableAddress + indexBits, levelIndex)
    },
  }
}
