import { formatNumberRuns, type NumberRun, parseNumberRuns, TextFault } from '@memhp/kernel-files'

/** Most numbers that one list may name. */
const LIST_LIMIT = 65_536

/**
 * Reads a list of numbers: `8-11,13`. The order is kept, and a range may run downwards: `11-8`.
 * @returns undefined where the text is not such a list, or names too many
 */
export function parseNumberList(text: string): readonly number[] | undefined {
  const numbers: number[] = []
  for (const { first, last } of runsOf(text) ?? []) {
    const count = Math.abs(last - first) + 1
    if (numbers.length + count > LIST_LIMIT) return undefined
    const step = last < first ? -1 : 1
    for (let i = 0; i < count; i++) numbers.push(first + i * step)
  }
  return numbers.length === 0 ? undefined : numbers
}

function runsOf(text: string): readonly NumberRun[] | undefined {
  try {
    return parseNumberRuns(text.replaceAll(/ *, */g, ','), 1e15)
  } catch (error) {
    if (error instanceof TextFault) return undefined
    throw error
  }
}

/** Numbers as a list: `8-11,13`. Ranges that run downwards keep their order. */
export function formatNumberList(numbers: readonly number[]): string {
  const runs: { first: number; last: number; step: number }[] = []
  for (const number of numbers) {
    const run = runs.at(-1)
    const step = run === undefined ? 0 : number - run.last
    const goesOn = Math.abs(step) === 1 && (run?.step === 0 || run?.step === step)
    if (run !== undefined && goesOn) {
      run.last = number
      run.step = step
    } else {
      runs.push({ first: number, last: number, step: 0 })
    }
  }
  return formatNumberRuns(runs)
}

/** Edits (insert, delete, replace) that turn one word into another. Source: Wagner and Fischer, 1974. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** Words longer than this are not compared: no name of ours is. */
const WORD_LIMIT = 64

/** The known word that is nearest to a wrong one; undefined where none is near. */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  if (word.length > WORD_LIMIT) return undefined
  const lower = word.toLowerCase()
  const limit = Math.max(1, Math.floor(word.length / 2))
  let best: { readonly word: string; readonly distance: number } | undefined
  for (const candidate of known) {
    const distance = editDistance(lower, candidate.toLowerCase())
    if (distance <= limit && (best === undefined || distance < best.distance)) {
      best = { word: candidate, distance }
    }
  }
  return best?.word
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** Ten years, so that sums stay exact. */
const LONGEST_MS = 3650 * 24 * 3_600_000

/** Milliseconds of a time: `50s`, `500ms`, `5m`, `1h`; undefined for another text, or more than ten years. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,12})(ms|s|m|h)$/.exec(text) ?? []
  if (digits === undefined) return undefined
  const milliseconds = Number(digits) * (UNITS[unit] ?? 1)
  return milliseconds <= LONGEST_MS ? milliseconds : undefined
}

/** A time in the largest unit that tells it in whole numbers: what `parseDuration` reads. */
export function formatDuration(milliseconds: number): string {
  const units = Object.entries(UNITS).toReversed()
  const [unit, length] = units.find(
    ([, each]) => milliseconds >= each && milliseconds % each === 0,
  ) ?? ['ms', 1]
  return `${milliseconds / length}${unit}`
}
