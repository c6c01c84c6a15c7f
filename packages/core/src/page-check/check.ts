import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import { PageLedger } from './page-ledger'

/**
 * Throws where the page layer contradicts itself: free lists and descriptors, counts, isolation, owners and what they
 * wrote, huge pages, untouched runs, boot extents. It reads every page that is materialised; `PageLedger` reads those of
 * written sections.
 * @throws InvariantViolation
 * @alpha
 */
export function checkPages(machine: Machine): void {
  checkExtents(machine)
  new PageLedger().check(machine, machine.state.memory.sections.separated.keys())
}

function checkExtents(machine: Machine): void {
  const { bootExtents, runs, separated } = machine.state.memory.sections
  let end = 0
  for (const extent of bootExtents) {
    invariant(end <= extent.startPfn, 'Boot extents are ascending and disjoint.')
    end = extent.endPfn
  }
  let last = 0
  for (const run of runs) {
    invariant(last <= run.start && run.start < run.end, 'Section runs are ascending and disjoint.')
    last = run.end
  }
  for (const nr of separated.keys()) {
    const twice = runs.some((run) => run.start <= nr && nr < run.end)
    invariant(!twice, `Section ${nr} is touched and in a run.`)
  }
}
