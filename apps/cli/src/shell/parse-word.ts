import type { Scanner } from './scanner'
import { type CommandList, ShellSyntaxError, type Word, type WordPart } from './syntax'

/** Ends a word where it is not quoted. */
const WORD_END = /[\s;&|<>()]/
const NAME = /^[A-Za-z_][A-Za-z0-9_]*/

/** Reads what stands in `$(…)`, up to the closing parenthesis, which it leaves. */
export type ListReader = (scanner: Scanner) => CommandList

/** Collects the parts of a word; neighbouring text of one kind is one part. */
class WordBuilder {
  readonly parts: WordPart[] = []

  text(text: string, quoted: boolean): void {
    const last = this.parts.at(-1)
    if (last?.kind === 'text' && last.quoted === quoted) {
      this.parts[this.parts.length - 1] = { ...last, text: last.text + text }
    } else {
      this.parts.push({ kind: 'text', text, quoted })
    }
  }
}

/**
 * Reads one word.
 * @returns undefined where none begins here
 * @throws ShellSyntaxError for what is not closed or not known
 */
export function parseWord(scanner: Scanner, readList: ListReader): Word | undefined {
  const word = new WordBuilder()
  for (let next = scanner.peek(); next !== '' && !WORD_END.test(next); next = scanner.peek()) {
    if (next === "'") singleQuoted(scanner, word)
    else if (next === '"') doubleQuoted(scanner, word, readList)
    else if (next === '\\') escaped(scanner, word)
    else if (next === '$') dollar(scanner, word, { readList, quoted: false })
    else if (next === '`') throw new ShellSyntaxError('syntax error: use $(…) for ``', 'wrong')
    else word.text(scanner.take(), false)
  }
  return word.parts.length === 0 ? undefined : word.parts
}

function unterminated(): ShellSyntaxError {
  return new ShellSyntaxError('syntax error: unterminated quoted string', 'incomplete')
}

function singleQuoted(scanner: Scanner, word: WordBuilder): void {
  scanner.take()
  const end = scanner.indexOf("'")
  if (end === -1) throw unterminated()
  word.text(scanner.takeUntil(end), true)
  scanner.take()
}

function doubleQuoted(scanner: Scanner, word: WordBuilder, readList: ListReader): void {
  scanner.take()
  word.text('', true)
  for (let next = scanner.peek(); next !== '"'; next = scanner.peek()) {
    if (next === '') throw unterminated()
    if (next === '$') {
      dollar(scanner, word, { readList, quoted: true })
    } else if (next === '\\' && /["\\$`\n]/.test(scanner.peek(1))) {
      scanner.take()
      const literal = scanner.take()
      if (literal !== '\n') word.text(literal, true)
    } else {
      word.text(scanner.take(), true)
    }
  }
  scanner.take()
}

function escaped(scanner: Scanner, word: WordBuilder): void {
  scanner.take()
  const literal = scanner.take()
  if (literal === '') {
    throw new ShellSyntaxError('syntax error: nothing behind the backslash', 'incomplete')
  }
  // A backslash at the end of a line joins it with the next.
  if (literal !== '\n') word.text(literal, true)
}

interface DollarContext {
  readonly readList: ListReader
  readonly quoted: boolean
}

function dollar(scanner: Scanner, word: WordBuilder, { readList, quoted }: DollarContext): void {
  scanner.take()
  const next = scanner.peek()
  if (next === '(') {
    word.parts.push({ kind: 'command', list: substitution(scanner, readList), quoted })
    return
  }
  const braced = next === '{'
  if (braced) scanner.take()
  const name = /[?#@*$!]/.test(scanner.peek()) ? scanner.take() : scanner.takeMatch(NAME)
  if (braced && (name === '' || scanner.peek() !== '}')) {
    throw new ShellSyntaxError('syntax error: bad substitution', 'wrong')
  }
  if (braced) scanner.take()
  if (name === '') word.text('$', quoted)
  else if (/^[#@*$!]$/.test(name)) word.text(`$${name}`, true)
  else word.parts.push({ kind: 'variable', name, quoted })
}

function substitution(scanner: Scanner, readList: ListReader): CommandList {
  scanner.take()
  if (scanner.peek() === '(') {
    throw new ShellSyntaxError('syntax error: there is no arithmetic', 'wrong')
  }
  const list = readList(scanner)
  if (scanner.peek() !== ')') {
    throw new ShellSyntaxError('syntax error: unterminated $(', 'incomplete')
  }
  scanner.take()
  return list
}
