import type { FaultCase } from '@memhp/conformance'
import type { Paint } from '../context'
import { type Column, renderTable } from '../output/table'
import { plural } from '../report/page-style'

/** What the cases of one injection point came to. */
interface PointTotals {
  refused: number
  wentOn: number
  /** How often each of what docs/not-rolled-back.md lists was left or done. */
  readonly left: Record<string, number>
}

const COLUMNS: readonly Column[] = [
  { heading: 'POINT' },
  { heading: 'REFUSED', align: 'right' },
  { heading: 'WENT ON', align: 'right' },
  { heading: 'LEFT OR DONE BY THE KERNEL', wraps: true },
]

/** `after 9 of them all was as before, after 3 but for what the kernel leaves` */
function refusalsText(refused: number, leaving: number): string {
  if (leaving === 0) return 'all was as before'
  const rest = refused - leaving
  return `all was as before${rest === 0 ? '' : ` after ${rest} of them, and after ${leaving}`} but for what the kernel leaves`
}

/** Counts the cases of a sweep. */
export class FaultTotals {
  readonly broken: (FaultCase & { readonly kind: 'broken' })[] = []
  readonly #machines: Set<string> = new Set<string>()
  readonly #points: Map<string, PointTotals> = new Map<string, PointTotals>()
  /** Cases that were dealt with as declared; of those refused, how many left something. */
  readonly #outcomes: { refused: number; leaving: number; wentOn: number } = {
    refused: 0,
    leaving: 0,
    wentOn: 0,
  }
  operations: number = 0
  cases: number = 0
  pairs: number = 0
  impossible: number = 0

  /** Counts a case. @returns whether it is the first of its machine */
  add(each: FaultCase): boolean {
    const before = this.#machines.size
    if (each.kind === 'operation') {
      this.#machines.add(`${each.arch} ${each.variant} ${each.kernel}`)
      this.operations += 1
    } else if (each.kind === 'impossible') this.impossible += 1
    else {
      this.cases += 1
      if (each.kind === 'broken') this.broken.push(each)
      else this.#addClean(each)
    }
    return this.#machines.size > before
  }

  #addClean(each: FaultCase & { readonly kind: 'clean' }): void {
    this.#outcomes[each.outcome === 'refused' ? 'refused' : 'wentOn'] += 1
    if (each.outcome === 'refused' && each.left.length > 0) this.#outcomes.leaving += 1
    const faults = each.faults.flat()
    if (faults.length > 1) {
      this.pairs += 1
      return
    }
    for (const { point } of faults) this.#count(point, each)
  }

  #count(point: string, { outcome, left }: FaultCase & { readonly kind: 'clean' }): void {
    const counts = this.#points.get(point) ?? { refused: 0, wentOn: 0, left: {} }
    this.#points.set(point, counts)
    counts[outcome === 'refused' ? 'refused' : 'wentOn'] += 1
    for (const id of left) counts.left[id] = (counts.left[id] ?? 0) + 1
  }

  /** By the names of the points. */
  #sorted(): readonly (readonly [string, PointTotals])[] {
    return [...this.#points].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  json(seed: number): string {
    const { operations, cases, pairs, broken } = this
    const points = Object.fromEntries(this.#sorted())
    const { impossible } = this
    const total = { machines: this.#machines.size, operations, impossible, cases, pairs }
    return `${JSON.stringify({ version: 1, seed, total, points, broken }, null, 2)}\n`
  }

  /** A line for each point, and whether all is as it was. */
  text(how: {
    readonly isInterrupted: boolean
    readonly paint: Paint
    readonly columns: number | undefined
  }): string {
    const { bold, green, red } = how.paint
    const rows = this.#sorted().map(([name, { refused, wentOn, left }]) => [
      name,
      `${refused}`,
      `${wentOn}`,
      Object.entries(left)
        .map(([id, count]) => `${id} (${count})`)
        .join(', ') || '-',
    ])
    const table = rows.length === 0 ? '' : `${renderTable(COLUMNS, rows, how.columns)}\n`
    const { refused, leaving, wentOn } = this.#outcomes
    const pairs = this.pairs === 0 ? '' : `, ${plural(this.pairs, 'pair')} among them`
    const sum = `${plural(this.#machines.size, 'machine')}, ${plural(this.operations, 'operation')}, ${plural(this.cases, 'failure')}${pairs}`
    const lines = [
      how.isInterrupted ? `Interrupted; so far ${sum}.` : `${sum}.`,
      `Refused: ${refused}${refused === 0 ? '' : `; ${refusalsText(refused, leaving)}`}.`,
      `Went on without what failed: ${wentOn}.`,
    ]
    const verdict =
      this.broken.length === 0
        ? green('All is as it was, or as the kernel leaves it.')
        : red(
            `Not all is as it was: ${plural(this.broken.length, 'failure')}, told above as BROKEN.`,
          )
    return `${table}${lines.join('\n')}\n${bold(verdict)}\n`
  }
}
