/** A place in a text; both count from 1. `offset` counts from 0. */
export interface TextPlace {
  readonly line: number
  readonly column: number
  readonly offset: number
}

const BLANK = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SCALARS = [NUMBER, /true|false|null/y]
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
/** End of what `pattern` matches at `offset`, or -1. */
function matchEnd(text: string, pattern: RegExp, offset: number): number {
  pattern.lastIndex = offset
  return pattern.test(text) ? pattern.lastIndex : -1
}

/** Where the string that begins at `offset` ends, or which of its characters cannot stand there. */
function scanString(
  text: string,
  offset: number,
): { readonly valid: boolean; readonly end: number } {
  let at = offset + 1
  for (let character = text[at]; character !== undefined; character = text[at]) {
    if (character === '"') return { valid: true, end: at + 1 }
    if (character < ' ') break
    const end = character === '\\' ? matchEnd(text, ESCAPE, at) : at + 1
    if (end < 0) break
    at = end
  }
  return { valid: false, end: at }
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'after value'

/** A reader of JSON that keeps nothing but where it is and what may come next. */
class Scanner {
  readonly #text: string
  readonly #open: ('}' | ']')[] = []
  #at = 0
  #expected: Expected = 'value'

  constructor(text: string) {
    this.#text = text
  }

  /** Offset of the first character that no JSON text can have there, or of the end. */
  firstFault(): number {
    do this.#at = matchEnd(this.#text, BLANK, this.#at)
    while (this.#step(this.#text[this.#at]))
    return this.#at
  }

  #step(character: string | undefined): boolean {
    if (character === undefined) return false
    switch (this.#expected) {
      case 'after value':
        return this.#separator(character)
      case 'colon':
        return character === ':' && this.#move(1, 'value')
      case 'key':
        return character === '"' && this.#string('colon')
      case 'key or }':
        return character === '}' ? this.#close() : character === '"' && this.#string('colon')
      case 'value or ]':
        return character === ']' ? this.#close() : this.#value(character)
      case 'value':
        return this.#value(character)
    }
  }

  #move(length: number, expected: Expected): true {
    this.#at += length
    this.#expected = expected
    return true
  }

  #close(): true {
    this.#open.pop()
    return this.#move(1, 'after value')
  }

  #separator(character: string): boolean {
    const closing = this.#open.at(-1)
    if (closing === undefined) return false
    if (character === closing) return this.#close()
    return character === ',' && this.#move(1, closing === '}' ? 'key' : 'value')
  }

  #string(next: Expected): boolean {
    const { valid, end } = scanString(this.#text, this.#at)
    this.#move(end - this.#at, next)
    return valid
  }

  #value(character: string): boolean {
    if (character === '{' || character === '[') {
      this.#open.push(character === '{' ? '}' : ']')
      return this.#move(1, character === '{' ? 'key or }' : 'value or ]')
    }
    if (character === '"') return this.#string('after value')
    const end = Math.max(...SCALARS.map((pattern) => matchEnd(this.#text, pattern, this.#at)))
    return end >= 0 && this.#move(end - this.#at, 'after value')
  }
}

/**
 * Where a text stops being JSON. JSON.parse says so in no two engines alike.
 * @param text a text that JSON.parse refused
 * @returns the first character that is out of place; one past the end where the text only ends too early
 */
export function jsonFaultPlace(text: string): TextPlace {
  const offset = new Scanner(text).firstFault()
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  let line = 1
  for (let i = before.indexOf('\n'); i >= 0; i = before.indexOf('\n', i + 1)) line += 1
  return { line, column: offset - lineStart + 1, offset }
}
