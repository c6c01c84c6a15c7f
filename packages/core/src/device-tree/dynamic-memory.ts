import { HotplugError } from '../errors/hotplug-error'
import { bytesOfText, DEVICE_TREE, textOfBytes } from '../tree/binary-file'
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

function damaged(property: string, what: string): never {
  throw new HotplugError('BAD_NUMBER', 'EINVAL', `${property}: ${what}`, { detail: { property } })
}

/** Reads big-endian cells of 32 bits one after the other. */
class CellReader {
  readonly #property: string
  readonly #view: DataView
  #offset = 0

  constructor(property: string, text: string) {
    this.#property = property
    this.#view = new DataView(bytesOfText(text).buffer)
  }

  next(): number {
    if (this.#offset + 4 > this.#view.byteLength)
      damaged(this.#property, `ends after ${this.#view.byteLength} bytes, in the middle of a cell.`)
    this.#offset += 4
    return this.#view.getUint32(this.#offset - 4)
  }

  /** Two cells. */
  address(): number {
    const address = this.next() * 2 ** 32 + this.next()
    if (!Number.isSafeInteger(address)) damaged(this.#property, 'an address lies above 2^53.')
    return address
  }

  /** A count of entries that have so many cells each. */
  count(cells: number): number {
    const count = this.next()
    const left = (this.#view.byteLength - this.#offset) / 4
    if (count * cells !== left)
      damaged(
        this.#property,
        `${count} entries need ${count * cells} cells, and ${left} are there.`,
      )
    return count
  }
}

/** Reads `ibm,lmb-size`: two cells. @returns bytes. @throws HotplugError BAD_NUMBER */
export function parseLmbSize(text: string): number {
  const bytes = text.length === 8 ? new CellReader(LMB_SIZE_FILE, text).address() : 0
  const isPower = Number.isInteger(Math.log2(bytes))
  if (bytes > 0 && bytes <= LARGEST_LMB && isPower) return bytes
  return damaged(LMB_SIZE_FILE, 'it holds no power of two in two cells.')
}

/** A count, then for each LMB its address (2 cells), DRC index, a reserved cell, associativity index, flags. */
function parseVersion1(text: string): LmbRun[] {
  const cells = new CellReader('ibm,dynamic-memory', text)
  return Array.from({ length: cells.count(RUN_CELLS) }, () => {
    const base = cells.address()
    const drcIndex = cells.next()
    cells.next()
    return { base, count: 1, drcIndex, associativityIndex: cells.next(), flags: cells.next() }
  })
}

/** A count, then for each run the number of LMBs, and address (2 cells), DRC index, associativity index, flags of the first. */
function parseVersion2(text: string): LmbRun[] {
  const cells = new CellReader('ibm,dynamic-memory-v2', text)
  return Array.from({ length: cells.count(RUN_CELLS) }, () => {
    const count = cells.next()
    const base = cells.address()
    const drcIndex = cells.next()
    return { base, count, drcIndex, associativityIndex: cells.next(), flags: cells.next() }
  })
}

/**
 * Reads the LMBs of a partition as runs: those of version 2, or neighbours of version 1 that are alike.
 * @throws HotplugError BAD_NUMBER for a property that is cut short. Source: PAPR; arch/powerpc/mm/drmem.c 6.1
 */
export function parseLmbTable(
  file: LmbTableFile,
  table: { readonly text: string; readonly lmbBytes: number },
): LmbRun[] {
  const runs =
    file === 'ibm,dynamic-memory'
      ? joinLmbRuns(parseVersion1(table.text), table.lmbBytes)
      : parseVersion2(table.text)
  const count = runs.reduce((sum, run) => sum + run.count, 0)
  if (count > MOST_LMBS) damaged(file, `it lists ${count} LMBs, more than any partition has.`)
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
