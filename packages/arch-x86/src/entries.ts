import {
  type BitLetter,
  bitEntries,
  bitWords,
  type EntryFormat,
  orWords,
  type PageTableLevel,
  wordsOf,
} from '@memhp/core/plugin'

/*
 * A page-table entry of x86-64, and of x86 with 32 bits and PAE; without PAE, bits 0 to 31 of it:
 *
 * | bit | letter | meaning |
 * | --- | --- | --- |
 * | 0 | | present |
 * | 1 | W | writable |
 * | 2 | U | user |
 * | 3 | T | write-through |
 * | 4 | C | cache disabled |
 * | 5 | A | accessed |
 * | 6 | D | dirty |
 * | 7 | P | large leaf (PUD, PMD); page attribute in a PTE |
 * | 8 | G | global |
 * | 12 | | page attribute in a large leaf |
 * | 12-51 | | physical address; of a large leaf only from its own size up |
 * | 59-62 | | protection key |
 * | 63 | X | no execution |
 *
 * Source: spec 7.4; arch/x86/include/asm/pgtable_types.h 6.1; letters: QEMU, `info tlb`.
 */
const PRESENT = 0
const WRITABLE = 1
const USER = 2
const WRITE_THROUGH = 3
const CACHE_DISABLED = 4
const ACCESSED = 5
const DIRTY = 6
const LARGE = 7
const GLOBAL = 8
const NO_EXECUTE = 63

/** Kernel memory, written before it is first used: 0x163, and with NO_EXECUTE 0x8000000000000163. */
const KERNEL_PAGE = [PRESENT, WRITABLE, ACCESSED, DIRTY, GLOBAL]

const LETTERS: readonly BitLetter[] = [
  ['X', NO_EXECUTE, 'no-execute'],
  ['G', GLOBAL, 'global'],
  ['P', LARGE, 'large page'],
  ['D', DIRTY, 'dirty'],
  ['A', ACCESSED, 'accessed'],
  ['C', CACHE_DISABLED, 'uncached'],
  ['T', WRITE_THROUGH, 'write-through'],
  ['U', USER, 'user'],
  ['W', WRITABLE, 'writable'],
]

/** Entries of 8 bytes, of tables of these levels, top first. */
export const entryFormat = (levels: readonly PageTableLevel[]): EntryFormat =>
  bitEntries(levels, {
    // 0x67
    table: [PRESENT, WRITABLE, USER, ACCESSED, DIRTY],
    leaf: [...KERNEL_PAGE, NO_EXECUTE],
    // 0x80000000000001e3
    largeLeaf: [...KERNEL_PAGE, NO_EXECUTE, LARGE],
    leafMark: [LARGE],
    // Set by mistake in empty entries by some processors (an erratum).
    stray: [ACCESSED, DIRTY],
    address: { from: 12, end: 52 },
    letters: LETTERS,
  })

/**
 * Entries of three levels with 32 bits (PAE), whose top level has bit 0 alone: the processor reads its four entries as
 * registers. Source: one_md_table_init, arch/x86/mm/init_32.c 3.10; Intel SDM, volume 3, 4.4.1.
 */
export function paeEntryFormat(levels: readonly PageTableLevel[]): EntryFormat {
  const entries = entryFormat(levels)
  return {
    ...entries,
    table: (address, levelIndex) =>
      levelIndex === 0
        ? orWords(wordsOf(address), bitWords(PRESENT))
        : entries.table(address, levelIndex),
  }
}

/** Entries of 4 bytes: the lower half of the others, without NO_EXECUTE. */
export const narrowEntryFormat = (levels: readonly PageTableLevel[]): EntryFormat =>
  bitEntries(levels, {
    table: [PRESENT, WRITABLE, USER, ACCESSED, DIRTY],
    leaf: KERNEL_PAGE,
    // 0x1e3
    largeLeaf: [...KERNEL_PAGE, LARGE],
    leafMark: [LARGE],
    stray: [ACCESSED, DIRTY],
    address: { from: 12, end: 32 },
    letters: LETTERS.filter(([, bit]) => bit < 32),
  })
