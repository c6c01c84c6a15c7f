import type { Machine } from '@memhp/core'
import { ACCOUNTING_INVARIANTS } from './accounting'
import { BLOCK_STATE_INVARIANTS } from './block-states'
import { CONSISTENCY_INVARIANTS } from './consistency'
import { DLPAR_INVARIANTS } from './dlpar'
import { EJECTION_INVARIANTS } from './ejection'
import { GROUP_INVARIANTS } from './groups'
import type { InvariantEntry } from './invariant-entry'
import { type Look, lookAtAll } from './look'
import { NAMING_INVARIANTS } from './naming'
import { NODE_INVARIANTS } from './nodes'
import { NOTIFIER_INVARIANTS } from './notifiers'
import { PARSER_INVARIANTS } from './parsers'
import type { Part } from './parts'
import { REMOVAL_INVARIANTS } from './removal'
import { SECTION_INVARIANTS } from './sections'
import { SERIES_2012_INVARIANTS } from './series-2012'
import { ABSENT_2012_INVARIANTS } from './series-2012-absent'
import { GENERATIONS_2012_INVARIANTS } from './series-2012-generations'
import type { Step } from './step'
import { hasPart, numberOfParts } from './step-parts'
import type { MachineWatch } from './watch'
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
  ...GENERATIONS_2012_INVARIANTS,
  ...ABSENT_2012_INVARIANTS,
  ...CONSISTENCY_INVARIANTS,
]

const STATE = INVARIANTS.filter((entry) => entry.kind === 'state')

/** The state invariants that speak of some parts, by the parts. */
const DUE = new Map<string, typeof STATE>()

function dueAfter(changed: ReadonlySet<Part>): typeof STATE {
  const parts = [...changed].sort().join()
  let due = DUE.get(parts)
  if (due === undefined) {
    due = STATE.filter(({ of }) => of.some((part) => changed.has(part)))
    DUE.set(parts, due)
  }
  return due
}

const STEP = INVARIANTS.filter((entry) => entry.kind === 'step')

/** The step invariants that speak of what is in a step, by `numberOfParts`. */
const DUE_OVER = new Map<number, typeof STEP>()

function dueOver(step: Step): typeof STEP {
  const parts = numberOfParts(step)
  let due = DUE_OVER.get(parts)
  if (due === undefined) {
    due = STEP.filter(({ of }) => of === undefined || hasPart(step, of))
    DUE_OVER.set(parts, due)
  }
  return due
}

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
 * Checks all that must hold between two operations. Costs follow what has been touched since boot, not how much memory
 * there is. `checkWatched` costs what was touched since the last check.
 * @throws BrokenInvariant with the number, the place, what was expected and what was found; InvariantViolation from a
 *   plugin or from the page layer
 */
export function checkInvariants(machine: Machine, options: CheckOptions = {}): void {
  checkLook({ look: lookAtAll(machine), changed: 'all' }, options)
}

/**
 * Checks all that must hold between two operations of a machine that is watched.
 * @param what `written` since the last check, or `all` of the machine
 * @throws BrokenInvariant, InvariantViolation as `checkInvariants`; the watch is of no use then
 */
export function checkWatched(
  watch: MachineWatch,
  what: 'written' | 'all',
  options: CheckOptions = {},
): void {
  const due = watch.look(what)
  if (due !== undefined) checkLook(due, options)
}

function checkLook(
  { look, changed }: { readonly look: Look; readonly changed: ReadonlySet<Part> | 'all' },
  options: CheckOptions,
): void {
  const due = changed === 'all' ? STATE : dueAfter(changed)
  for (const entry of due) if (isWanted(entry, options)) entry.check(look)
}

/**
 * Checks all that must hold of an operation.
 * @param step what `MachineWatch.step` gave
 * @throws BrokenInvariant
 */
export function checkStep(step: Step, options: CheckOptions = {}): void {
  for (const entry of dueOver(step)) if (isWanted(entry, options)) entry.check(step)
}

const isWanted = ({ id }: InvariantEntry, { only, except }: CheckOptions): boolean =>
  (only === undefined || only.includes(id)) && except?.includes(id) !== true
