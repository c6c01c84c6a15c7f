import type { FaultCase } from '@memhp/conformance'
import type { Paint } from '../context'

/** What the cases of one injection point came to. */
interface PointTotals {
  refused: number
  wentOn: number
  /** How often each of what docs/not-rolled-back.md lists was left or done. */
  readonly left: Record<string, number>
}

/** Counts the cases of a sweep. */
export class FaultTotals {
  readonly broken: (FaultCase & { readonly kind: 'broken' })[] = []
  readonly #machines: Set<string> = new Set<string>()
  readonly #points: Map<string, PointTotals> = new Map<string, PointTotals>()
  operations: number = 0
  cases: number = 0
  pairs: number = 0
  impossible: number = 0

  add(each: FaultCase): void {
    if (each.kind === 'operation') {
      this.#machines.add(`${each.arch} ${each.variant} ${each.kernel}`)
      this.operations += 1
      return
    }
    if (each.kind === 'impossible') {
      this.impossible += 1
      return
    }
    this.cases += 1
    if (each.kind === 'broken') {
      this.broken.push(each)
      return
    }
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

  json(seed: number): string {
    const { operations, cases, pairs, broken } = this
    const points = Object.fromEntries([...this.#points].sort(([a], [b]) => (a < b ? -1 : 1)))
    const { impossible } = this
    const total = { machines: this.#machines.size, operations, impossible, cases, pairs }
    return `${JSON.stringify({ version: 1, seed, total, points, broken }, null, 2)}\n`
  }

  text(how: { readonly isInterrupted: boolean; readonly paint: Paint }): string {
    const { bold, dim } = how.paint
    const width = Math.max(0, ...[...this.#points.keys()].map((name) => name.length))
    const lines = [...this.#points]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { refused, wentOn, left }]) => {
        const counts = `${String(refused).padStart(6)} refused ${String(wentOn).padStart(6)} went on`
        const ids = Object.entries(left).map(([id, count]) => `${id} (${count})`)
        return `${name.padEnd(width)} ${counts}  ${dim(ids.join(', '))}`.trimEnd()
      })
    const { operations, cases, pairs, broken } = this
    const verdict =
      broken.length === 0
        ? 'every failure was dealt with as declared'
        : `${broken.length} were not dealt with as declared`
    const sum = `${this.#machines.size} machines, ${operations} operations, ${cases} cases (${pairs} pairs of faults)`
    const end = how.isInterrupted ? 'interrupted; so far ' : ''
    return `${lines.join('\n')}\n${bold(`${sum}: ${end}${verdict}`)}\n`
  }
}
