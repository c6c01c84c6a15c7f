import { parseWord } from './parse-word'
import { Scanner } from './scanner'
import {
  type AndOr,
  type Assignment,
  type Command,
  type CommandList,
  type Conditional,
  type ForLoop,
  type Pipeline,
  type Redirect,
  ShellSyntaxError,
  type SimpleCommand,
  type Word,
} from './syntax'

/** Words that mean something where a command begins. */
const RESERVED = ['for', 'in', 'do', 'done', 'if', 'then', 'elif', 'else', 'fi', '!']
/** Words of a real shell that this one does not have. */
const UNSUPPORTED = ['while', 'until', 'case', 'esac', 'function', '{', '}', '[[', 'select']
/** Words that end a list. */
const LIST_ENDS = ['do', 'done', 'then', 'elif', 'else', 'fi']
/** Nesting deeper than this is refused before it ends the parser's own stack. */
const DEPTH_LIMIT = 100

/**
 * Reads commands as a POSIX shell does, without functions, `while`, `case`, arithmetic, here-documents and jobs.
 * @throws ShellSyntaxError
 */
export function parseCommands(text: string): CommandList {
  const scanner = new Scanner(text)
  const parser = new Parser()
  const list = parser.list(scanner)
  if (scanner.peek() !== '') throw unexpected(scanner)
  return list
}

function unexpected(scanner: Scanner): ShellSyntaxError {
  const next = scanner.peek()
  if (next === '') return new ShellSyntaxError('syntax error: unexpected end of file', 'incomplete')
  const what = /^(?:\w+|&&|\|\||<<|.)/.exec(scanner.rest)?.[0] ?? 'newline'
  return new ShellSyntaxError(`syntax error: unexpected "${what}"`, 'wrong')
}

/** The unquoted text of a word that is nothing else. */
function plainText(word: Word | undefined): string | undefined {
  const [part, ...others] = word ?? []
  return part?.kind === 'text' && !part.quoted && others.length === 0 ? part.text : undefined
}

class Parser {
  #depth = 0

  /** Commands up to the end, a closing parenthesis or a word that ends a list. */
  list(scanner: Scanner): CommandList {
    this.#depth += 1
    if (this.#depth > DEPTH_LIMIT) throw new ShellSyntaxError('syntax error: too deep', 'wrong')
    const list: AndOr[] = []
    for (skipLines(scanner); !this.#listEnds(scanner); skipLines(scanner)) {
      list.push(this.#andOr(scanner))
      skipBlanks(scanner)
      if (scanner.peek() !== ';' && scanner.peek() !== '\n') break
      scanner.take()
      if (scanner.peek() === ';') throw unexpected(scanner)
    }
    this.#depth -= 1
    return list
  }

  #listEnds(scanner: Scanner): boolean {
    const next = scanner.peek()
    return next === '' || next === ')' || LIST_ENDS.includes(reservedWord(scanner) ?? '')
  }

  #andOr(scanner: Scanner): AndOr {
    const first = this.#pipeline(scanner)
    const rest: AndOr['rest'][number][] = []
    for (;;) {
      skipBlanks(scanner)
      const operator = scanner.startsWith('&&') ? '&&' : scanner.startsWith('||') ? '||' : undefined
      if (operator === undefined) return { first, rest }
      scanner.take()
      scanner.take()
      skipLines(scanner)
      rest.push({ operator, pipeline: this.#pipeline(scanner) })
    }
  }

  #pipeline(scanner: Scanner): Pipeline {
    const negated = takeReserved(scanner, '!')
    const commands: Command[] = [this.#command(scanner)]
    for (
      skipBlanks(scanner);
      scanner.peek() === '|' && scanner.peek(1) !== '|';
      skipBlanks(scanner)
    ) {
      scanner.take()
      skipLines(scanner)
      commands.push(this.#command(scanner))
    }
    return { negated, commands }
  }

  #command(scanner: Scanner): Command {
    skipBlanks(scanner)
    if (takeReserved(scanner, 'for')) return this.#forLoop(scanner)
    if (takeReserved(scanner, 'if')) return this.#conditional(scanner)
    const reserved = reservedWord(scanner)
    if (reserved !== undefined && reserved !== 'in') throw unexpected(scanner)
    return this.#simple(scanner)
  }

  #forLoop(scanner: Scanner): ForLoop {
    skipBlanks(scanner)
    const name = scanner.takeMatch(/^[A-Za-z_][A-Za-z0-9_]*/)
    if (name === '') throw unexpected(scanner)
    skipLines(scanner)
    expectReserved(scanner, 'in')
    const words: Word[] = []
    for (let word = this.#word(scanner); word !== undefined; word = this.#word(scanner)) {
      words.push(word)
    }
    if (scanner.peek() !== ';' && scanner.peek() !== '\n') throw unexpected(scanner)
    scanner.take()
    skipLines(scanner)
    expectReserved(scanner, 'do')
    const body = this.#body(scanner)
    expectReserved(scanner, 'done')
    return { kind: 'for', name, words, body }
  }

  #conditional(scanner: Scanner): Conditional {
    const branches: Conditional['branches'][number][] = []
    do {
      const test = this.#body(scanner)
      expectReserved(scanner, 'then')
      branches.push({ test, body: this.#body(scanner) })
    } while (takeReserved(scanner, 'elif'))
    const otherwise = takeReserved(scanner, 'else') ? this.#body(scanner) : null
    expectReserved(scanner, 'fi')
    return { kind: 'if', branches, otherwise }
  }

  /** A list that must not be empty. */
  #body(scanner: Scanner): CommandList {
    const list = this.list(scanner)
    if (list.length === 0) throw unexpected(scanner)
    return list
  }

  #word(scanner: Scanner): Word | undefined {
    skipBlanks(scanner)
    return parseWord(scanner, (inner) => this.list(inner))
  }

  #simple(scanner: Scanner): SimpleCommand {
    const assignments: Assignment[] = []
    const words: Word[] = []
    const redirects: Redirect[] = []
    for (;;) {
      skipBlanks(scanner)
      const redirect = this.#redirect(scanner)
      if (redirect !== undefined) {
        redirects.push(redirect)
        continue
      }
      const word = this.#word(scanner)
      if (word === undefined) break
      const assignment = words.length === 0 ? asAssignment(word) : undefined
      if (assignment === undefined) words.push(word)
      else assignments.push(assignment)
    }
    if (assignments.length + words.length + redirects.length === 0) throw unexpected(scanner)
    refuseUnsupported(words[0])
    return { kind: 'simple', assignments, words, redirects }
  }

  #redirect(scanner: Scanner): Redirect | undefined {
    const operator = scanner.takeMatch(/^(?:[12]?>>?(?!>)|<(?!<))/)
    if (operator === '') return undefined
    const fd = operator.startsWith('2') ? 2 : 1
    if (operator.endsWith('>') && scanner.peek() === '&') return duplicate(scanner, fd)
    const target = this.#word(scanner)
    if (target === undefined) throw unexpected(scanner)
    // Appending to a file of sysfs is the same write(2).
    return operator === '<' ? { kind: 'read', target } : { kind: 'write', fd, target }
  }
}

function duplicate(scanner: Scanner, fd: 1 | 2): Redirect {
  scanner.take()
  const from = scanner.take()
  if (from !== '1' && from !== '2') {
    throw new ShellSyntaxError('syntax error: bad fd number', 'wrong')
  }
  return { kind: 'duplicate', fd, from: from === '1' ? 1 : 2 }
}

function skipBlanks(scanner: Scanner): void {
  while (scanner.takeMatch(/^(?:[ \t\r]+|\\\n)/) !== '');
  if (scanner.peek() === '#') scanner.takeUntil(lineEnd(scanner))
}

function lineEnd(scanner: Scanner): number {
  const end = scanner.indexOf('\n')
  return end === -1 ? Number.MAX_SAFE_INTEGER : end
}

function skipLines(scanner: Scanner): void {
  for (skipBlanks(scanner); scanner.peek() === '\n'; skipBlanks(scanner)) scanner.take()
}

/** The reserved word that stands here as a separate word. */
function reservedWord(scanner: Scanner): string | undefined {
  return RESERVED.find(
    (word) => scanner.startsWith(word) && /^[\s;&|<>()]?$/.test(scanner.peek(word.length)),
  )
}

function takeReserved(scanner: Scanner, word: string): boolean {
  skipBlanks(scanner)
  if (reservedWord(scanner) !== word) return false
  for (let i = 0; i < word.length; i++) scanner.take()
  return true
}

function expectReserved(scanner: Scanner, word: string): void {
  if (takeReserved(scanner, word)) return
  throw unexpected(scanner)
}

function refuseUnsupported(word: Word | undefined): void {
  const text = plainText(word)
  if (text === undefined || !UNSUPPORTED.includes(text)) return
  throw new ShellSyntaxError(`syntax error: "${text}" is not part of this shell`, 'wrong')
}

/** `name=value`, where the name is not quoted. */
function asAssignment(word: Word): Assignment | undefined {
  const [part, ...others] = word
  if (part?.kind !== 'text' || part.quoted) return undefined
  const [head, name = ''] = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(part.text) ?? []
  if (head === undefined) return undefined
  const rest = part.text.slice(head.length)
  return { name, value: rest === '' ? others : [{ ...part, text: rest }, ...others] }
}
