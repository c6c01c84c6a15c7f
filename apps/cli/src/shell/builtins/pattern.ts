// re2js: expressions of users, matched in time linear in the text.
import { RE2JS } from 're2js'

const CLASSES: Readonly<Record<string, string>> = {
  '[:space:]': '\\s',
  '[:blank:]': ' \\t',
  '[:digit:]': '0-9',
  '[:alpha:]': 'A-Za-z',
  '[:alnum:]': 'A-Za-z0-9',
  '[:upper:]': 'A-Z',
  '[:lower:]': 'a-z',
  '[:xdigit:]': '0-9A-Fa-f',
}

/** Characters that mean something with a backslash in basic expressions, and without one in ours. */
const SWAPPED = /\\?[|(){}+?]/g

const quoteLiteral = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

function translate(expression: string, flags: ReadonlySet<string>): string {
  if (flags.has('F')) return quoteLiteral(expression)
  const classed = expression.replace(/\[:[a-z]+:\]/g, (name) => CLASSES[name] ?? name)
  if (flags.has('E')) return classed
  return classed.replace(SWAPPED, (text) => (text.startsWith('\\') ? text.slice(1) : `\\${text}`))
}

/** Characters. A compiled expression takes a hundred times its length, and matching takes time for each part of it. */
const LONGEST_EXPRESSION = 10_000

/** What a line is held against. */
export interface LinePattern {
  test(line: string): boolean
}

/**
 * The pattern of a grep: basic expressions, extended ones with `E`, plain texts with `F`.
 * @returns undefined where it is none, is too long, or refers back to a group: that takes exponential time
 */
export function grepPattern(
  expression: string,
  flags: ReadonlySet<string>,
): LinePattern | undefined {
  if (expression.length > LONGEST_EXPRESSION) return undefined
  const source = translate(expression, flags)
  const words = flags.has('w') ? `\\b(?:${source})\\b` : source
  try {
    const pattern = RE2JS.compile(words, flags.has('i') ? RE2JS.CASE_INSENSITIVE : 0)
    return { test: (line) => pattern.matcher(line).find() }
  } catch {
    return undefined
  }
}
