import {
  invariant,
  type Machine,
  type Range,
  rangeIntersection,
  rangesOverlap,
  removeMemory,
} from '@memhp/core'
import { emptyIntervalSet, insertInterval } from '@memhp/core/plugin'
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

/** Whether what was added can be removed: asked of the first block of each window. */
export function canRemove(bench: ArchBench): boolean {
  const machine = bench.fresh()
  return bench.windows().every(({ start }) => {
    const block = blockBytes(machine, { start, end: start + 1 })
    return machine.arch.canRemove(machine, block).kind === 'allowed'
  })
}

/**
 * Moves in the windows of a bench: some of one window, where pieces meet, and some of others. Nothing goes where the arch
 * cannot remove memory, and nothing comes where it cannot add any.
 */
export const moves = (bench: ArchBench): fc.Arbitrary<readonly Move[]> => {
  if (bench.windows().length === 0) return fc.constant([])
  const kinds = canRemove(bench) ? (['add', 'add', 'remove'] as const) : (['add'] as const)
  return fc.array(
    fc.constantFrom(...bench.windows()).chain((window) =>
      fc.record({
        kind: fc.constantFrom<Move['kind'][]>(...kinds),
        blocks: blockRange(window),
        node: fc.constantFrom(0, 1),
      }),
    ),
    { minLength: 1, maxLength: 8 },
  )
}

/**
 * Each way in which one of two neighbours comes or goes while the other is there or not, in the middle of each window
 * and at its ends.
 */
export const neighbourMoves = (bench: ArchBench): readonly (readonly Move[])[] =>
  bench.windows().flatMap(({ start, end }) => {
    const borders = new Set([start + 1, Math.floor((start + end) / 2), end - 1])
    const comings = [...borders].flatMap(comingsAround)
    return canRemove(bench) ? comings.flatMap(goingsAfter) : comings
  })

/** Moves by which the block before a border, the one after it, or both come. */
function comingsAround(border: number): readonly (readonly Move[])[] {
  const low = move('add', { start: border - 1, end: border })
  const high = move('add', { start: border, end: border + 1 })
  const both = move('add', { start: border - 1, end: border + 1 })
  return [[low], [high], [low, high], [high, low], [both]]
}

/** The same moves, and after them each block of theirs goes. */
function goingsAfter(comings: readonly Move[]): readonly (readonly Move[])[] {
  return comings
    .flatMap(({ blocks: { start, end } }) =>
      Array.from({ length: end - start }, (_, i) => ({ start: start + i, end: start + i + 1 })),
    )
    .map((block) => [...comings, move('remove', block)])
}

const move = (kind: Move['kind'], blocks: Range): Move => ({ kind, blocks, node: 1 })

/** Blocks that are there, as pieces of what was added at once. */
export type Pieces = readonly Range[]

/**
 * Carries a move out as far as it can: memory that is present is not added again, and of what goes each piece goes for itself.
 * (The iomem tree keeps a line of what was removed together but added apart, as that of 6.1 does. That of 2012 keeps
 * one of which a part was removed: there a piece goes whole.)
 * @returns what is present afterwards
 */
export function makeMove(machine: Machine, pieces: Pieces, move: Move): Pieces {
  if (move.kind === 'add') {
    if (pieces.some((piece) => rangesOverlap(piece, move.blocks))) return pieces
    addBlocks(machine, move.blocks, move.node)
    return [...pieces, move.blocks]
  }
  return pieces.flatMap((piece) => {
    const met = rangeIntersection(piece, move.blocks)
    if (met === undefined) return [piece]
    const { partOfResource } = machine.generation.rules.remove
    const gone = partOfResource === 'stays' ? piece : met
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

/**
 * Memory that is mapped although it has gone, or in part: leaves of the direct map that removals left because they reach
 * beyond what went. Physical addresses in bytes.
 */
export function leftBehind(machine: Machine): readonly Range[] {
  const { direct } = machine.arch.mapping
  const { startAddress = 0 } = direct.kind === 'radix' ? direct : {}
  let left: readonly Range[] = []
  for (const { operation, range, change } of machine.state.journal.mappings) {
    if (operation === 'add') continue
    const partial = change.direct.left.filter(({ reason }) => reason === 'partial')
    left = [
      ...left.filter(({ start, end }) => start < range.start || range.end < end),
      ...partial.map(({ offset, leafBytes }) => ({
        start: startAddress + offset,
        end: startAddress + offset + leafBytes,
      })),
    ]
  }
  return joinRanges(left)
}

/** Ranges in ascending order, those that meet or overlap joined. */
export function joinRanges(ranges: readonly Range[]): readonly Range[] {
  const joined = emptyIntervalSet()
  for (const range of ranges) insertInterval(joined, range)
  return joined.ranges
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
