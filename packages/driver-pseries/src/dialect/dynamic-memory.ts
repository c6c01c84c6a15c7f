import { type Cells, cellsOf, DEVICE_TREE, textOfBytes } from '@memhp/kernel-files'
import { joinLmbRuns, type LmbRun, lmbsOfRun } from './lmb'

/** Where the device tree of a POWER partition lists its dynamic memory. */
export const DYNAMIC_MEMORY: string = `${DEVICE_TREE}/ibm,dynamic-reconfiguration-memory`

/** Name of the property that holds the bytes of an LMB. */
export const LMB_SIZE_FILE = 'ibm,lmb-size'

/** The properties that may list the LMBs, the one that the kernel prefers first. */
export const LMB_TABLE_FILES = ['ibm,dynamic-memory-v2', 'ibm,dynamic-memory'] as const

/** One of `LMB_TABLE_FILES`. */
export type LmbTableFile = (typeof LMB_TABLE_FILES)[number]

/** Cells of one entry, in either version. */
const RUN_CELLS = 6
const LARGEST_LMB = 2 ** 40
/** 256 TiB of the usual LMBs, more than any partition may have. */
const MOST_LMBS = 2 ** 20

/** Reads `ibm,lmb-size`: two cells. @returns bytes. @throws TextFault */
export function parseLmbSize(text: string): number {
  const cells = cellsOf(LMB_SIZE_FILE, text)
  const bytes = text.length === 8 ? cells.address() : 0
  const isPower = Number.isInteger(Math.log2(bytes))
  if (bytes > 0 && bytes <= LARGEST_LMB && isPower) return bytes
  const expected = 'a power of two in two cells'
  return cells.refuse({ expected, message: `it does not hold ${expected}` })
}

/** A count, then for each LMB its address (2 cells), DRC index, a reserved cell, associativity index, flags. */
function parseVersion1(cells: Cells): LmbRun[] {
  return Array.from({ length: cells.count(RUN_CELLS) }, () => {
    const base = cells.address()
    const drcIndex = cells.next()
    cells.next()
    return { base, count: 1, drcIndex, associativityIndex: cells.next(), flags: cells.next() }
  })
}

/** A count, then for each run the number of LMBs, and address (2 cells), DRC index, associativity index, flags of the first. */
function parseVersion2(cells: Cells): LmbRun[] {
  return Array.from({ length: cells.count(RUN_CELLS) }, () => {
    const count = cells.next()
    const base = cells.address()
    const drcIndex = cells.next()
    return { base, count, drcIndex, associativityIndex: cells.next(), flags: cells.next() }
  })
}

/**
 * Reads the LMBs of a partition as runs: those of version 2, or neighbours of version 1 that are alike.
 * @throws TextFault for a property that is cut short. Source: PAPR; arch/powerpc/mm/drmem.c 6.1
 */
export function parseLmbTable(
  file: LmbTableFile,
  table: { readonly text: string; readonly lmbBytes: number },
): LmbRun[] {
  const cells = cellsOf(file, table.text)
  const runs =
    file === 'ibm,dynamic-memory'
      ? joinLmbRuns(parseVersion1(cells), table.lmbBytes)
      : parseVersion2(cells)
  const count = runs.reduce((sum, run) => sum + run.count, 0)
  if (count > MOST_LMBS)
    cells.refuse({
      expected: `at most ${MOST_LMBS} LMBs`,
      message: `it lists ${count} LMBs, more than any partition has`,
    })
  return runs
}

const cellsText = (cells: readonly number[]): string => {
  const view = new DataView(new ArrayBuffer(cells.length * 4))
  for (const [index, cell] of cells.entries()) view.setUint32(index * 4, cell)
  return textOfBytes(new Uint8Array(view.buffer))
}

const addressCells = (address: number): number[] => [
  Math.floor(address / 2 ** 32),
  address % 2 ** 32,
]

/** The text of `ibm,lmb-size`. */
export const formatLmbSize = (bytes: number): string => cellsText(addressCells(bytes))

/** The text of a property that lists LMBs: what `parseLmbTable` reads. */
export function formatLmbTable(
  file: LmbTableFile,
  table: { readonly runs: readonly LmbRun[]; readonly lmbBytes: number },
): string {
  const { runs, lmbBytes } = table
  if (file === 'ibm,dynamic-memory-v2') {
    const entries = runs.map(({ count, base, drcIndex, associativityIndex, flags }) => [
      count,
      ...addressCells(base),
      drcIndex,
      associativityIndex,
      flags,
    ])
    return cellsText([runs.length, ...entries.flat()])
  }
  const entries = runs
    .flatMap((run) => lmbsOfRun(run, lmbBytes))
    .map(({ base, drcIndex, associativityIndex, flags }) => [
      ...addressCells(base),
      drcIndex,
      0,
      associativityIndex,
      flags,
    ])
  return cellsText([entries.length, ...entries.flat()])
}
