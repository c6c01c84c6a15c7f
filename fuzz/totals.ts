// Counts what inputs came to, so that a run that reaches nothing shows.
import { KINDS, type Kind } from './input'
import type { Answer } from './worker'

/** Counts of one kind. */
interface KindTotal {
  inputs: number
  mostCpuMs: number
  mostMib: number
  readonly codes: Map<string, number>
}

const MOST_CODES = 8

/** What the inputs of a run came to. */
export class Totals {
  readonly #kinds = new Map<Kind, KindTotal>(
    KINDS.map((kind) => [kind, { inputs: 0, mostCpuMs: 0, mostMib: 0, codes: new Map() }]),
  )
  count = 0

  /** @param answer undefined for an input that never ended */
  add(kind: Kind, answer: Answer | undefined): void {
    this.count++
    const total = this.#kinds.get(kind)
    if (total === undefined) return
    total.inputs++
    if (answer === undefined) return
    total.mostCpuMs = Math.max(total.mostCpuMs, answer.cpuMs)
    total.mostMib = Math.max(total.mostMib, answer.peakMib)
    for (const code of answer.codes) total.codes.set(code, (total.codes.get(code) ?? 0) + 1)
  }

  /** A line for each kind: inputs, the longest, the largest, and how they ended. */
  text(): string {
    return [...this.#kinds]
      .filter(([, { inputs }]) => inputs > 0)
      .map(([kind, { inputs, mostCpuMs, mostMib, codes }]) => {
        const ends = [...codes]
          .toSorted(([, a], [, b]) => b - a)
          .slice(0, MOST_CODES)
          .map(([code, times]) => `${code}: ${times}`)
        return (
          `${kind.padEnd(12)} ${`${inputs}`.padStart(6)} inputs, at most ` +
          `${(mostCpuMs / 1000).toFixed(1)} s and ${Math.round(mostMib)} MiB; ${ends.join(', ')}`
        )
      })
      .join('\n')
  }
}
