import type { TraceOperation } from '../trace/trace'
import { type WalkOptions, type WalkReport, walkAlong } from './walk'

export interface ShrinkOptions {
  /** How many kernels are booted at most. */
  readonly mostWalks: number
  /** Told before each attempt. */
  readonly onAttempt?: (attempt: { readonly number: number; readonly steps: number }) => void
}

/**
 * The shortest walk that was found to differ too: leaves out halves, quarters, and so on down to single steps, each on a kernel
 * that has just booted. The last step always stays.
 * @param found a walk with a difference
 * @returns the shortest; `found` itself where nothing can be left out. Where the signal aborts, the shortest so far
 */
export async function shrinkWalk(
  found: WalkReport,
  options: WalkOptions,
  { mostWalks, onAttempt }: ShrinkOptions,
): Promise<WalkReport> {
  let shortest = found
  let number = 0
  let size = Math.ceil((operationsOf(found).length - 1) / 2)
  while (size >= 1) {
    let end = operationsOf(shortest).length - 1
    while (end > 0) {
      if (number >= mostWalks || options.signal?.aborted === true) return shortest
      const candidate = without(operationsOf(shortest), { start: Math.max(0, end - size), end })
      number += 1
      onAttempt?.({ number, steps: candidate.length })
      const walk = await attempt(options, candidate)
      if (walk?.first !== undefined) shortest = walk
      end = Math.min(end - size, operationsOf(shortest).length - 1)
    }
    size = size === 1 ? 0 : Math.ceil(size / 2)
  }
  return shortest
}

/** One walk; undefined where it was interrupted. */
async function attempt(
  options: WalkOptions,
  operations: readonly TraceOperation[],
): Promise<WalkReport | undefined> {
  try {
    return await walkAlong(options, operations)
  } catch (error) {
    if (options.signal?.aborted === true) return undefined
    throw error
  }
}

const operationsOf = ({ trace }: WalkReport): readonly TraceOperation[] =>
  trace.steps.map(({ op }) => op)

/** The operations but for some, and for those that need them: nothing is dropped that was never filled. */
function without(
  operations: readonly TraceOperation[],
  left: { readonly start: number; readonly end: number },
): readonly TraceOperation[] {
  const kept = operations.filter((_, index) => index < left.start || index >= left.end)
  const filled = new Set(
    kept.flatMap((operation) => (operation.op === 'fill' ? operation.file : [])),
  )
  return kept.filter((operation) => operation.op !== 'drop' || filled.has(operation.file))
}
