import * as v from 'valibot'
import type { Capture } from './format'
import { CAPTURE_SCHEMA } from './schema'

/** A place in the value and what is wrong there. */
export interface ShapeFault {
  readonly keys: readonly PropertyKey[]
  readonly message: string
}

type Issue = v.BaseIssue<unknown>

const keysOf = (issue: Issue): readonly PropertyKey[] =>
  issue.path?.map(({ key }) => key as PropertyKey) ?? []

/** Most characters of a message, which repeats the wrong value. */
const LONGEST_MESSAGE = 120

const shortened = (message: string): string =>
  message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)}…`

/** What is wrong, and where: an unknown key is a fault of the object that holds it. */
function faultOf(issue: Issue): ShapeFault {
  const keys = keysOf(issue)
  const isAboutKey = issue.type === 'strict_object' && issue.path?.at(-1)?.origin === 'key'
  if (!isAboutKey) return { keys, message: shortened(issue.message) }
  if (issue.expected !== 'never') return { keys, message: 'missing' }
  return { keys: keys.slice(0, -1), message: shortened(`unknown key ${issue.received}`) }
}

/** The value as a capture if it has the shape of one, else what is wrong first. */
export function checkShape(
  value: unknown,
): { readonly capture: Capture } | { readonly fault: ShapeFault } {
  const result = v.safeParse(CAPTURE_SCHEMA, value, { abortEarly: true })
  return result.success ? { capture: result.output } : { fault: faultOf(result.issues[0]) }
}
