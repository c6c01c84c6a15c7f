import type { HotplugError } from '@memhp/core'
import type { Rehearsal } from '@memhp/rehearsal'
import { jsonDocument } from '../output/json'
import type { ReportedHost } from './host-section'

/**
 * A rehearsal as JSON: the head that every document has (`version`, `source`, `machine`, `notes`), and
 *
 * | field | holds |
 * | --- | --- |
 * | takenAt | when the capture was taken; null where it does not say |
 * | outcome | `removed`, `offlined`, `refused`, or `contradicted` where the run went against a plan that expected a refusal |
 * | plan | goal, blocks, steps, head-room, expectation, warnings |
 * | execution | outcome, journal, what was undone, leftovers, inconsistencies |
 * | moves | where the pages of each block went |
 * | before, after | the census of the six things |
 * | balance | `balanced`, and each number with what was expected |
 * | diagnosis | why it was refused, and what would help; null where it was not |
 * | doubt | why the result holds less than it seems to: `plan-contradicted`, `guess-contradicted`, `assumed-page`; null where nothing does |
 * | asBefore | the machine is as it was before |
 * | assumptions | what the twin takes for true, as sentences; none of a scenario's machine |
 */
export function rehearsalJson(host: ReportedHost, rehearsal: Rehearsal): string {
  const { source, topology, takenAt, assumptions } = host
  return jsonDocument(source, topology, {
    takenAt: takenAt ?? null,
    ...rehearsal,
    assumptions,
  })
}

/**
 * A goal that means nothing on the machine, or that cannot be reached, as JSON: the head that every document has, `outcome`
 * (`refused`), `plan` (null: there is none) and `refusal` with code, errno, message and detail.
 */
export function refusalJson(host: ReportedHost, error: HotplugError): string {
  const { source, topology, takenAt, assumptions } = host
  const { code, errno, message, detail } = error
  return jsonDocument(source, topology, {
    takenAt: takenAt ?? null,
    outcome: 'refused',
    plan: null,
    refusal: { code, errno, message, detail },
    assumptions,
  })
}
