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

/**
 * The pattern of a grep: basic expressions, extended ones with `E`, plain texts with `F`.
 * @returns undefined where it is none
 */
export function grepPattern(expression: string, flags: ReadonlySet<string>): RegExp | undefined {
  const source = translate(expression, flags)
  try {
    return new RegExp(flags.has('w') ? `\\b(?:${source})\\b` : source, flags.has('i') ? 'i' : '')
  } catch {
    return undefined
  }
}
