import { fingerprint, type Machine, pluggedDevices, verifyAllocation } from '@memhp/core'
import { canonicalMemory } from '@memhp/core/inspect'
import { listDifferences } from '@memhp/invariants'
import { formatExactSize } from '@memhp/kernel-files'
import { type Session, snapshotOf } from '@memhp/trace'
import { type Amount, ZONE_COUNTS, type ZoneCount } from '../format/check'
import { changesBetween, isReadable, viewOf } from '../session/record'
import { formatNumberList } from '../text'
import { type Difference, differing } from './evidence'

/** Pages with the memory that they are: `131072 (512M)`. */
function pagesText(pages: number, pageBytes: number): string {
  return pages === 0 ? '0' : `${pages} (${formatExactSize(pages * pageBytes)})`
}

/** Compares the counts of a zone. @param zone `0/Normal` */
export function checkZone(
  machine: Machine,
  check: { readonly zone: string; readonly want: Readonly<Partial<Record<ZoneCount, Amount>>> },
): readonly Difference[] {
  const { pageBytes } = machine.geometry
  const zone = [...machine.state.memory.zones.values()].find(({ key }) => key === check.zone)
  const what = `zone ${check.zone}`
  if (zone === undefined) return [{ what, expected: 'a zone', seen: 'no such zone' }]
  const counts: Readonly<Record<ZoneCount, number>> = {
    start: zone.startPfn,
    spanned: zone.spannedPages,
    present: zone.presentPages,
    managed: zone.managedPages,
  }
  return ZONE_COUNTS.flatMap((key) => {
    const amount = check.want[key]
    if (amount === undefined) return []
    const pages = 'pages' in amount ? amount.pages : amount.bytes / pageBytes
    return differing({
      what: `${what}: ${key}`,
      expected: pagesText(pages, pageBytes),
      seen: pagesText(counts[key], pageBytes),
    })
  })
}

const signed = (bytes: number): string =>
  bytes === 0 ? '0' : `${bytes < 0 ? '-' : '+'}${formatExactSize(Math.abs(bytes))}`

/** Compares the change of MemTotal. */
export function checkMemTotal(
  machine: Machine,
  change: { readonly expectedBytes: number; readonly pagesBefore: number },
): readonly Difference[] {
  const pages = machine.state.memory.totalManagedPages - change.pagesBefore
  return differing({
    what: 'MemTotal',
    expected: signed(change.expectedBytes),
    seen: signed(pages * machine.geometry.pageBytes),
  })
}

/** Compares the nodes that have kswapd and kcompactd. */
export function checkKthreads(machine: Machine, nodes: readonly number[]): readonly Difference[] {
  const running = [...machine.state.memory.nodes.values()].filter(({ kthreads }) => kthreads)
  return differing({
    what: 'kswapd and kcompactd',
    expected: `nodes ${formatNumberList(nodes)}`,
    seen: `nodes ${formatNumberList(running.map(({ id }) => id))}`,
  })
}

/** Compares what the platform holds. */
export function checkPlugged(machine: Machine, ids: readonly string[]): readonly Difference[] {
  const plugged = pluggedDevices(machine).map(({ id }) => id)
  const inWords = (names: readonly string[]): string => [...names].sort().join(', ') || 'nothing'
  return differing({ what: 'plugged', expected: inWords(ids), seen: inWords(plugged) })
}

/** Reads filled memory and compares it with what was written. */
export function checkIntact(
  { machine, memory }: Session,
  names: readonly string[] | 'all',
): readonly Difference[] {
  const wanted = names === 'all' ? [...memory.keys()] : names
  return wanted.flatMap((name) => {
    const taken = memory.get(name)
    if (taken === undefined) return [{ what: name, expected: 'intact', seen: 'not there' }]
    const corrupt = taken.kind === 'allocation' ? verifyAllocation(machine, taken.id) : 0
    return corrupt === 0 ? [] : [{ what: name, expected: 'intact', seen: `${corrupt} pages lost` }]
  })
}

/** Most changes that one difference names. */
const SHOWN_CHANGES = 8

/** Compares the whole machine with a snapshot of it. */
export function checkSame(session: Session, name: string): readonly Difference[] {
  const { machine } = session
  const snapshot: Machine = { ...machine, state: snapshotOf(session, name).machine.state }
  if (fingerprint(machine) === fingerprint(snapshot)) return []
  const seen = isReadable(machine) ? changedFiles(machine, snapshot.state) : []
  const lines = seen.length > 0 ? seen : changedState(machine, snapshot)
  const hidden = lines.length - SHOWN_CHANGES
  const shown = hidden > 0 ? [...lines.slice(0, SHOWN_CHANGES), `… and ${hidden} more`] : lines
  const expected = `the same as at snapshot ${name}`
  return [{ what: 'machine', expected, seen: shown.join('\n') }]
}

/** What the files say otherwise. Free memory alone says nothing: pages may wait in per-CPU lists. */
function changedFiles(machine: Machine, before: Machine['state']): readonly string[] {
  return changesBetween(viewAt(machine, before), viewOf(machine))
    .filter(({ key }) => !key.endsWith('#MemFree'))
    .map((change) => `${change.key}: ${change.before ?? 'absent'} -> ${change.after ?? 'absent'}`)
}

/** What is otherwise where no file shows it. */
function changedState(machine: Machine, snapshot: Machine): readonly string[] {
  const pair = { before: canonicalMemory(snapshot), after: canonicalMemory(machine) }
  return listDifferences(pair).map(
    ({ place, before, after }) => `${place}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
  )
}

/** The tree as another state of the machine shows it. */
function viewAt(machine: Machine, state: Machine['state']): ReturnType<typeof viewOf> {
  const now = machine.state
  machine.state = state
  try {
    return viewOf(machine)
  } finally {
    machine.state = now
  }
}

/** Wants the machine to differ from a snapshot of it. */
export function checkDiffers(session: Session, name: string): readonly Difference[] {
  const { machine } = session
  const snapshot: Machine = { ...machine, state: snapshotOf(session, name).machine.state }
  if (fingerprint(machine) !== fingerprint(snapshot)) return []
  return [{ what: 'machine', expected: `other than at snapshot ${name}`, seen: 'the same' }]
}
