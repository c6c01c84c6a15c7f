import type { EntryBits, PageTableLevel } from '../model/page-table-geometry'

/**
 * What is wrong with the bits that `bitEntries` was given: one that an entry has not, or that holds an address.
 * @returns a sentence that begins with the place; undefined where nothing is
 */
export function entryBitsProblem(
  bits: EntryBits,
  levels: readonly PageTableLevel[],
): string | undefined {
  const { address, table, leaf, largeLeaf = [], leafMark = [], stray = [], letters = [] } = bits
  const { from, end } = address
  if (!isBit(from) || !isBit(end - 1) || from >= end)
    return `entries.address: from ${from} to before ${end}: give bits of 0 to 63.`
  const ofLetters = letters.map(([, bit]) => bit)
  const sorts = { table, leaf, largeLeaf, leafMark, stray, letters: ofLetters }
  for (const [sort, listed] of Object.entries(sorts)) {
    const wrong = listed.find((bit) => !isBit(bit))
    if (wrong !== undefined) return `entries.${sort}: ${wrong} is not a bit: give 0 to 63.`
  }
  const names = letters.map(([letter]) => letter)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) return `entries.letters: ${twice} is there twice.`
  return (
    overlapProblem({ table, leaf }, address) ?? overlapProblem({ largeLeaf }, ofLarge(bits, levels))
  )
}

const isBit = (bit: number): boolean => Number.isInteger(bit) && bit >= 0 && bit < 64

/** Bits of the address of leaves above the last level: those below the smallest of them are free. */
function ofLarge(
  { address: { from, end } }: EntryBits,
  levels: readonly PageTableLevel[],
): BitRange {
  const shifts = levels.slice(0, -1).map(({ shift }) => shift)
  return { from: Math.max(from, Math.min(...shifts)), end }
}

type BitRange = EntryBits['address']

function overlapProblem(
  sorts: Readonly<Record<string, readonly number[]>>,
  { from, end }: BitRange,
): string | undefined {
  for (const [sort, listed] of Object.entries(sorts)) {
    const wrong = listed.find((bit) => from <= bit && bit < end)
    if (wrong !== undefined)
      return `entries.${sort}: bit ${wrong} is one of the address, which has ${from} to ${end - 1}.`
  }
  return undefined
}
