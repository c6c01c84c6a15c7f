import { pagesToMove } from '../predict/holdings'
import type { Plan } from './plan'

/** What a plan costs. */
export interface PlanEstimate {
  /** Base pages that have to move; of blocks whose holdings are not known none are counted. */
  readonly pages: number
  readonly bytes: number
  /** Assumed: see `ASSUMED_RATE`. */
  readonly seconds: number
  /** Uevents of memory blocks: udev handles each, and a service of kdump may reload its kernel for each. */
  readonly uevents: number
  /** Blocks of which nothing is known. */
  readonly unknownBlocks: number
}

/**
 * How fast a kernel takes memory offline where nothing resists: an assumption in the middle of what reports of users and guests show,
 * not a measurement of the machine.
 */
export const ASSUMED_RATE: { readonly bytesPerSecond: number; readonly secondsPerBlock: number } = {
  bytesPerSecond: 2 ** 29,
  secondsPerBlock: 0.05,
}

/** One for each block that goes offline, and one for each that is removed. Source: drivers/base/core.c, Linux 6.1; recorded runs. */
const ueventsOf = (steps: Plan['steps']): number =>
  steps.reduce((sum, step) => {
    if (step.kind === 'offline') return sum + 1
    return sum + (step.kind === 'remove' ? step.blocks.length : 0)
  }, 0)

/** Pages that a plan moves, and how long it takes at the assumed rate. */
export function estimateOf({ blocks, pageBytes, steps }: Plan): PlanEstimate {
  const online = blocks.filter(({ state }) => state !== 'offline')
  const pages = online.reduce(
    (sum, { holdings }) => sum + (holdings === null ? 0 : pagesToMove(holdings) + holdings.huge),
    0,
  )
  const bytes = pages * pageBytes
  const { bytesPerSecond, secondsPerBlock } = ASSUMED_RATE
  return {
    pages,
    bytes,
    seconds: bytes / bytesPerSecond + steps.length * secondsPerBlock,
    uevents: ueventsOf(steps),
    unknownBlocks: online.filter(({ holdings }) => holdings === null).length,
  }
}
