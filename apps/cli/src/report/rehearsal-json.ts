import type { Rehearsal } from '@memhp/planner'
import type { ReportedHost } from './host-section'

/** Version of the document. It grows when a field changes its meaning or goes. */
const JSON_VERSION = 1

/**
 * A rehearsal as JSON.
 *
 * | field | holds |
 * | --- | --- |
 * | version | 1 |
 * | source | the capture: `kind`, `path`, `takenAt` |
 * | machine | `arch`, `release`, `pageBytes`, `blockBytes` |
 * | outcome | `removed`, `offlined` or `refused` |
 * | plan | goal, blocks, steps, head-room, expectation, warnings |
 * | execution | outcome, journal, what was undone, leftovers, inconsistencies |
 * | moves | where the pages of each block went |
 * | before, after | the census of the six things |
 * | balance | `balanced`, and each number with what was expected |
 * | diagnosis | why it was refused, and what would help; null where it was not |
 * | asBefore | the machine is as it was before |
 * | assumptions | what the twin takes for true, as sentences |
 */
export function rehearsalJson(host: ReportedHost, rehearsal: Rehearsal): string {
  const { arch, release, pageBytes, blockBytes } = host.topology
  const document = {
    version: JSON_VERSION,
    source: { kind: 'capture', path: host.source, takenAt: host.takenAt ?? null },
    machine: { arch, release, pageBytes, blockBytes },
    ...rehearsal,
    assumptions: host.assumptions,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
