import { isOperation, type Operation } from '@memhp/trace'
import { type WalkOptions, type WalkReport, walkAlong } from './walk'

export interface ShrinkOptions {
  /** How many kernels are booted at most. */
  readonly mostWalks: number
  /** Told before each attempt. */
  readonly onAttempt?: (attempt: { readonly number: number; readonly steps: number }) => void
}

/** How many guests may fail in a row before the search is given up. */
const MOST_FAILURES = 3

/**
 * The shortest walk that was found to differ in the same way: leaves out halves, quarters, and so on down to single steps,
 * each on a kernel that has just booted. The last step always stays.
 * @param found a walk with a difference
 * @returns the shortest; `found` itself where nothing can be left out. Where the signal aborts, or kernels cannot be had any
 *   more, the shortest so far
 */
export async function shrinkWalk(
  found: WalkReport,
  options: WalkOptions,
  { mostWalks, onAttempt }: ShrinkOptions,
): Promise<WalkReport> {
  let shortest = found
  let number = 0
  let failures = 0
  let size = Math.ceil((operationsOf(found).length - 1) / 2)
  while (size >= 1) {
    let end = operationsOf(shortest).length - 1
    while (end > 0) {
      const isOver = number >= mostWalks || failures >= MOST_FAILURES
      if (isOver || options.signal?.aborted === true) return shortest
      const candidate = without(operationsOf(shortest), { start: Math.max(0, end - size), end })
      number += 1
      onAttempt?.({ number, steps: candidate.length })
      const walk = await walkAlong(options, candidate).catch(() => undefined)
      failures = walk === undefined ? failures + 1 : 0
      if (walk !== undefined && differsAlike(walk, found)) shortest = walk
      end = Math.min(end - size, operationsOf(shortest).length - 1)
    }
    size = size === 1 ? 0 : Math.ceil(size / 2)
  }
  return shortest
}

/** In what a walk differs, whichever block or node it is. */
const kindsOf = ({ first }: WalkReport): ReadonlySet<string> =>
  new Set(first?.differences.map(({ what }) => what.replace(/\d+/g, 'N')))

/** Whether a walk differs in something that the other does too: it may be another fault altogether. */
function differsAlike(walk: WalkReport, found: WalkReport): boolean {
  const wanted = kindsOf(found)
  return [...kindsOf(walk)].some((kind) => wanted.has(kind))
}

const operationsOf = ({ trace }: WalkReport): readonly Operation[] =>
  trace.steps.map(({ op }) => op).filter(isOperation)

/** The operations but for some, and for those that need them: nothing is dropped that was never filled. */
function without(
  operations: readonly Operation[],
  left: { readonly start: number; readonly end: number },
): readonly Operation[] {
  const kept = operations.filter((_, index) => index < left.start || index >= left.end)
  const filled = new Set(
    kept.flatMap((operation) => (operation.op === 'fill' ? operation.file : [])),
  )
  return kept.filter((operation) => operation.op !== 'drop' || filled.has(operation.file))
}
