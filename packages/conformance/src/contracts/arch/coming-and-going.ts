import { invariant, type Machine, type Range, removeMemory } from '@memhp/core'
import * as fc from 'fast-check'
import { blockRange } from '../../generators/arbitraries'
import { type ArchBench, addBlocks, blockBytes } from './arch-bench'

/** Blocks that are to come, or to go as far as they are there. */
export interface Move {
  readonly kind: 'add' | 'remove'
  /** Numbers of blocks, end exclusive. */
  readonly blocks: Range
  readonly node: number
}

/** Moves in the windows of a bench: some of one window, where pieces meet, and some of others. */
export const moves = (bench: ArchBench): fc.Arbitrary<readonly Move[]> =>
  fc.array(
    fc.constantFrom(...bench.windows()).chain((window) =>
      fc.record({
        kind: fc.constantFrom('add', 'add', 'remove'),
        blocks: blockRange(window),
        node: fc.constantFrom(0, 1),
      }),
    ),
    { minLength: 1, maxLength: 8 },
  )

/** Blocks that are there, as pieces of what was added at once. */
export type Pieces = readonly Range[]

const overlaps = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end

/**
 * Carries a move out as far as it can: what is there is not added again, and of what goes each piece goes for itself.
 * (The iomem tree keeps a line of what was removed together but added apart, as that of 6.1 does.)
 * @returns what is there afterwards
 */
export function makeMove(machine: Machine, pieces: Pieces, move: Move): Pieces {
  if (move.kind === 'add') {
    if (pieces.some((piece) => overlaps(piece, move.blocks))) return pieces
    addBlocks(machine, move.blocks, move.node)
    return [...pieces, move.blocks]
  }
  return pieces.flatMap((piece) => {
    if (!overlaps(piece, move.blocks)) return [piece]
    const gone = {
      start: Math.max(piece.start, move.blocks.start),
      end: Math.min(piece.end, move.blocks.end),
    }
    removeMemory(machine, { range: blockBytes(machine, gone) })
    const rest = [
      { start: piece.start, end: gone.start },
      { start: gone.end, end: piece.end },
    ]
    return rest.filter(({ start, end }) => start < end)
  })
}

/** Removes all that is there. */
export function removeAll(machine: Machine, pieces: Pieces): void {
  for (const piece of pieces) removeMemory(machine, { range: blockBytes(machine, piece) })
}

/** The bytes of pieces, in ascending order, neighbours joined. */
export function joinedBytes(machine: Machine, pieces: Pieces): readonly Range[] {
  const { blockBytes: unit } = machine.geometry
  return joinRanges(pieces.map(({ start, end }) => ({ start: start * unit, end: end * unit })))
}

/** Ranges in ascending order, those that meet or overlap joined. */
export function joinRanges(ranges: readonly Range[]): readonly Range[] {
  const joined: { start: number; end: number }[] = []
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    if (last !== undefined && last.end >= start) last.end = Math.max(last.end, end)
    else joined.push({ start, end })
  }
  return joined
}

/** Whether one of the ranges has this address. */
export const holds = (ranges: readonly Range[], at: number): boolean =>
  ranges.some(({ start, end }) => start <= at && at < end)

/** Requires that two lists of joined ranges are the same. @throws InvariantViolation with the first that differs */
export function demandRanges(
  what: string,
  pair: { readonly wanted: readonly Range[]; readonly found: readonly Range[] },
): void {
  const text = ({ start, end }: Range): string => `0x${start.toString(16)}-0x${end.toString(16)}`
  const missing = pair.wanted.find((range) => !pair.found.some((each) => isSameRange(each, range)))
  const surplus = pair.found.find((range) => !pair.wanted.some((each) => isSameRange(each, range)))
  invariant(
    missing === undefined && surplus === undefined,
    `${what}: ${missing === undefined ? 'nothing' : text(missing)} should be mapped, ${surplus === undefined ? 'nothing' : text(surplus)} is.`,
  )
}

const isSameRange = (a: Range, b: Range): boolean => a.start === b.start && a.end === b.end
