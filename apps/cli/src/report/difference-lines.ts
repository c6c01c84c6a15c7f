import type { Difference } from '@memhp/trace'
import type { Paint } from '../context'

/** How many differences are shown one by one; of the others only the kind is told. */
const SHOWN_DIFFERENCES = 8
/** How many lines of each side are shown of a difference. */
const SHOWN_LINES = 8

/** One side of a difference line by line. A file's text is as it is; everything else is JSON. */
function linesOf(what: string, value: string | undefined): readonly string[] {
  if (value === undefined) return ['(not there)']
  if (what.startsWith('/')) return value.split('\n')
  const parsed: unknown = JSON.parse(value)
  const entries: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed ?? 'none']
  if (entries.length === 0) return ['(none)']
  return entries.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry)))
}

/** How many lines two lists have in common where they begin. */
function commonStart(a: readonly string[], b: readonly string[]): number {
  let count = 0
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1
  return count
}

/** The two sides without what they have in common where they begin and end. */
function apart(difference: Difference): {
  readonly real: readonly string[]
  readonly model: readonly string[]
  readonly equal: number
} {
  const real = linesOf(difference.what, difference.real)
  const model = linesOf(difference.what, difference.model)
  const start = commonStart(real, model)
  const [restReal, restModel] = [real.slice(start), model.slice(start)]
  const end = commonStart(restReal.toReversed(), restModel.toReversed())
  return {
    real: restReal.slice(0, restReal.length - end),
    model: restModel.slice(0, restModel.length - end),
    equal: start + end,
  }
}

function sideLines(name: string, lines: readonly string[]): string[] {
  const shown = lines.length === 0 ? ['(nothing more)'] : lines.slice(0, SHOWN_LINES)
  const more = lines.length - shown.length
  return [...shown, ...(more > 0 ? [`… and ${more} more`] : [])].map(
    (line, index) => `  ${(index === 0 ? name : '').padEnd(5)}  ${line}`,
  )
}

function oneDifference(difference: Difference, paint: Paint): string[] {
  const { real, model, equal } = apart(difference)
  const common = equal === 0 ? '' : paint.dim(` (and ${equal} the same)`)
  return [
    `${difference.what}${common}`,
    ...sideLines('real', real).map(paint.green),
    ...sideLines('model', model).map(paint.red),
  ]
}

/** What a path of the flat view belongs to: a block, a node, a device, a zone, a file. */
const subjectOf = (what: string): string =>
  /\/((?:memory|node)\d+|[A-Z]\w+:\w+)\/[^/]+$/.exec(what)?.[1] ??
  /^(\/proc\/\w+)#/.exec(what)?.[1] ??
  what

/** How many differences there are of each subject: `memory32 (6), /proc/zoneinfo (3)`. */
function summary(differences: readonly Difference[]): string {
  const counts = new Map<string, number>()
  for (const { what } of differences) {
    const subject = subjectOf(what)
    counts.set(subject, (counts.get(subject) ?? 0) + 1)
  }
  const parts = [...counts].map(([subject, count]) => `${subject} (${count})`)
  const shown = parts.slice(0, SHOWN_DIFFERENCES)
  const more = parts.length - shown.length
  return `${shown.join(', ')}${more > 0 ? `, and ${more} others` : ''}`
}

/** Differences with both sides, and of those beyond the first few what they are about. */
export function differenceLines(differences: readonly Difference[], paint: Paint): string[] {
  const rest = differences.slice(SHOWN_DIFFERENCES)
  return [
    ...differences
      .slice(0, SHOWN_DIFFERENCES)
      .flatMap((difference) => oneDifference(difference, paint)),
    ...(rest.length === 0 ? [] : [`… and ${rest.length} more: ${summary(rest)}`]),
  ]
}
