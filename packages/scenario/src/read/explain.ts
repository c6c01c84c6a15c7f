import type { z } from 'zod'
import type { SourceDocument } from './document'
import type { Problem } from './problem'

type Issue = z.core.$ZodIssue

/** Codes that say only that a value is of another kind than the form it was held against. */
const OTHER_KIND: ReadonlySet<Issue['code']> = new Set([
  'invalid_type',
  'invalid_union',
  'invalid_value',
])

/** How near a form came to what was written: how deep its first fault lies, then whether the kind was right. */
function nearness(issues: readonly Issue[]): number {
  return issues.reduce(
    (most, { path, code }) => Math.max(most, path.length * 2 + (OTHER_KIND.has(code) ? 0 : 1)),
    0,
  )
}

/** The issues of the form that was probably meant, of a value that may have several forms. */
function meantIssues(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const [nearest] = issue.errors.toSorted((a, b) => nearness(b) - nearness(a))
  const hasOwnWords = issue.message !== 'Invalid input'
  if (nearest === undefined || (nearness(nearest) === 0 && hasOwnWords)) return [issue]
  return nearest
    .map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
    .flatMap(meantIssues)
}

const MISSING = /received undefined$/

/** What is wrong in the words of this format; the schema's own where those do. */
function wordsOf(issue: Issue): string {
  // No list has to be longer.
  if (issue.code === 'too_small' && issue.origin === 'array') return 'the list is empty'
  return issue.message.replace(/^Invalid input: /, '').replace(/^Too/, 'too')
}

function describe(issue: Issue): string {
  const key = issue.path.at(-1)
  const field = typeof key === 'string' ? `"${key}"` : 'a value'
  if (MISSING.test(issue.message)) return `${field} is missing`
  const text = wordsOf(issue)
  return typeof key === 'string' ? `${key}: ${text}` : text
}

/** Tells what is wrong, without places. */
export const describeIssues = (issues: readonly Issue[]): readonly string[] =>
  issues
    .flatMap(meantIssues)
    .map((issue) => (issue.code === 'unrecognized_keys' ? issue.message : describe(issue)))

/** Tells where and what is wrong, from the issues of the schema. */
export function explainIssues(issues: readonly Issue[], document: SourceDocument): Problem[] {
  return issues.flatMap(meantIssues).map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const place = document.placeOfKey([...issue.path, ...issue.keys.slice(0, 1)])
      return { place, message: issue.message }
    }
    if (issue.code === 'invalid_key') {
      const message = issue.issues[0]?.message ?? issue.message
      return {
        place: document.placeOfKey(issue.path),
        message: `${String(issue.path.at(-1))}: ${message}`,
      }
    }
    return { place: document.placeOf(issue.path), message: describe(issue) }
  })
}
