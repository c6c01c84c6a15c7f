import type { Machine } from '@memhp/core'
import { ACCOUNTING_INVARIANTS } from './accounting'
import { BLOCK_STATE_INVARIANTS } from './block-states'
import { CONSISTENCY_INVARIANTS } from './consistency'
import { DLPAR_INVARIANTS } from './dlpar'
import { EJECTION_INVARIANTS } from './ejection'
import { GROUP_INVARIANTS } from './groups'
import type { InvariantEntry } from './invariant-entry'
import { NAMING_INVARIANTS } from './naming'
import { NODE_INVARIANTS } from './nodes'
import { NOTIFIER_INVARIANTS } from './notifiers'
import { PARSER_INVARIANTS } from './parsers'
import { REMOVAL_INVARIANTS } from './removal'
import { SECTION_INVARIANTS } from './sections'
import { SERIES_2012_INVARIANTS } from './series-2012'
import { ABSENT_2012_INVARIANTS } from './series-2012-absent'
import type { Step } from './step'
import { ZONE_CHOICE_INVARIANTS } from './zone-choice'

const INVARIANTS: readonly InvariantEntry[] = [
  ...NAMING_INVARIANTS,
  ...BLOCK_STATE_INVARIANTS,
  ...ZONE_CHOICE_INVARIANTS,
  ...ACCOUNTING_INVARIANTS,
  ...NODE_INVARIANTS,
  ...NOTIFIER_INVARIANTS,
  ...REMOVAL_INVARIANTS,
  ...EJECTION_INVARIANTS,
  ...DLPAR_INVARIANTS,
  ...SECTION_INVARIANTS,
  ...GROUP_INVARIANTS,
  ...PARSER_INVARIANTS,
  ...SERIES_2012_INVARIANTS,
  ...ABSENT_2012_INVARIANTS,
  ...CONSISTENCY_INVARIANTS,
]

/**
 * Every invariant that memhp knows: those of Linux 6.1 in the order of its specification (`v6.1/1` …), those of the
 * series of 2012 (`2012/G-1` …), and those of the model itself (`model/pages` …).
 */
export const listInvariants = (): readonly InvariantEntry[] => INVARIANTS

/** What to check. */
export interface CheckOptions {
  /** Ids to check; default: all. */
  readonly only?: readonly string[]
  /** Ids to leave out. */
  readonly except?: readonly string[]
}

/**
 * Checks all that must hold between two operations. Costs follow what has been touched, not how much memory there is.
 * @throws BrokenInvariant with the number, the place, what was expected and what was found; InvariantViolation from a
 *   plugin or from the page layer
 */
export function checkInvariants(machine: Machine, options: CheckOptions = {}): void {
  for (const entry of INVARIANTS) {
    if (entry.kind === 'state' && isWanted(entry, options)) entry.check(machine)
  }
}

/**
 * Checks all that must hold of an operation.
 * @param step what `watchStep` gave
 * @throws BrokenInvariant
 */
export function checkStep(step: Step, options: CheckOptions = {}): void {
  for (const entry of INVARIANTS) {
    if (entry.kind === 'step' && isWanted(entry, options)) entry.check(step)
  }
}

const isWanted = ({ id }: InvariantEntry, { only, except }: CheckOptions): boolean =>
  (only === undefined || only.includes(id)) && except?.includes(id) !== true
