/** A place in a text; both count from 1. `offset` counts from 0. */
export interface TextPlace {
  readonly line: number
  readonly column: number
  readonly offset: number
}

const BLANK = /[ \t\n\r]*/y

/** What may come next. */
const TOKENS = {
  value: /[{["]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y,
  'value or ]': /[\]{["]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y,
  key: /"/y,
  'key or }': /["}]/y,
  colon: /:/y,
  'after value': /[,\]}]/y,
  'in string': /[ !#-[\]-\uffff]+|"|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y,
} as const
type Expected = keyof typeof TOKENS

/** What `pattern` matches at `offset`; null where it does not. */
function match(text: string, pattern: RegExp, offset: number): string | null {
  pattern.lastIndex = offset
  return pattern.exec(text)?.[0] ?? null
}

/** Offset of the first character that no JSON text can have there, or of the end. */
function firstFault(text: string): number {
  const open: string[] = []
  let expected: Expected = 'value'
  let afterString: Expected = 'after value'
  for (let at = 0; ; ) {
    if (expected !== 'in string') at += match(text, BLANK, at)?.length ?? 0
    const token = match(text, TOKENS[expected], at)
    if (token === null) return at
    if (expected === 'in string') {
      if (token === '"') expected = afterString
    } else if (token === '"') {
      afterString = expected.startsWith('key') ? 'colon' : 'after value'
      expected = 'in string'
    } else if (token === '{' || token === '[') {
      open.push(token === '{' ? '}' : ']')
      expected = token === '{' ? 'key or }' : 'value or ]'
    } else if (token === '}' || token === ']') {
      if (open.pop() !== token) return at
      expected = 'after value'
    } else if (token === ',') {
      if (open.length === 0) return at
      expected = open.at(-1) === '}' ? 'key' : 'value'
    } else expected = token === ':' ? 'value' : 'after value'
    at += token.length
  }
}

/**
 * Where a text stops being JSON. JSON.parse says so in no two engines alike.
 * @param text a text that JSON.parse refused
 * @returns the first character that is out of place; one past the end where the text only ends too early
 */
export function jsonFaultPlace(text: string): TextPlace {
  return textPlace(text, firstFault(text))
}

/** Line and column of an offset. */
export function textPlace(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  let line = 1
  for (let i = before.indexOf('\n'); i >= 0; i = before.indexOf('\n', i + 1)) line += 1
  return { line, column: offset - lineStart + 1, offset }
}
