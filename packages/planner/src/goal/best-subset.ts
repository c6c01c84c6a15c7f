/** Something that goes as a whole or not at all. */
export interface Candidate {
  /** What it brings, in whole units. At least 1. */
  readonly units: number
  /** What it costs; the lower the better. */
  readonly cost: number
}

interface Sum<T> {
  readonly cost: number
  readonly chosen: readonly T[]
}

function isBetter<T>(sum: Sum<T>, than: Sum<T> | undefined): boolean {
  if (than === undefined) return true
  if (sum.cost !== than.cost) return sum.cost < than.cost
  return sum.chosen.length < than.chosen.length
}

/** Where all bring alike, the cheapest are best. Undefined where they do not, or do not suffice. */
function uniformSubset<T extends Candidate>(
  candidates: readonly T[],
  wanted: number,
): readonly T[] | undefined {
  const units = candidates[0]?.units ?? 0
  const count = Math.ceil(wanted / units)
  if (candidates.some((candidate) => candidate.units !== units)) return undefined
  if (count > candidates.length || units === 0) return undefined
  return candidates.toSorted((a, b) => a.cost - b.cost).slice(0, count)
}

/**
 * The candidates that bring at least `wanted` units with the least overshoot; among those, with the least cost, then
 * the fewest. Exact: a table over all sums up to `wanted` and one candidate more.
 * @returns undefined where all together bring too little
 */
export function bestSubset<T extends Candidate>(
  candidates: readonly T[],
  wanted: number,
): readonly T[] | undefined {
  const uniform = uniformSubset(candidates, wanted)
  if (uniform !== undefined) return uniform
  const largest = candidates.reduce((most, { units }) => Math.max(most, units), 0)
  const sums = new Map<number, Sum<T>>([[0, { cost: 0, chosen: [] }]])
  for (const candidate of candidates) {
    for (const [units, sum] of [...sums].sort(([a], [b]) => b - a)) {
      // A set that reaches the goal is not made better by one more.
      if (units >= wanted) continue
      const total = units + candidate.units
      if (total >= wanted + largest) continue
      const grown = { cost: sum.cost + candidate.cost, chosen: [...sum.chosen, candidate] }
      if (isBetter(grown, sums.get(total))) sums.set(total, grown)
    }
  }
  const reached = [...sums.keys()].filter((units) => units >= wanted)
  if (reached.length === 0) return undefined
  return sums.get(Math.min(...reached))?.chosen
}
