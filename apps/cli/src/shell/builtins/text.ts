import { isHotplugError } from '@memhp/core'
import { messageText } from '../../output/message-text'
import { compareNames } from '../glob'
import { absolutePath, entryAt, isDirectory, namesIn } from '../paths'
import { strerror } from '../redirect'
import type { CommandTable, Invocation } from '../state'
import { parseOptions } from './options'
import { grepPattern, type LinePattern } from './pattern'

/** A text with its name, or why it cannot be read. */
interface Source {
  readonly name: string
  readonly text: string | null
}

/** Reads a file; says why not on standard error, as the command of that name does. */
function readFile(call: Invocation, command: string, path: string): string | null {
  const { shell, io } = call
  if (path === '-') return io.stdin
  if (path === '/dev/null') return ''
  try {
    return shell.session.machine.tree.read(absolutePath(shell.cwd, path))
  } catch (error) {
    if (!isHotplugError(error)) throw error
    const why = strerror(error.errno)
    const text = error.errno === 'EISDIR' ? `read error: ${why}` : `can't open '${path}': ${why}`
    io.err(`${command}: ${text}\n`)
    return null
  }
}

/** The named files, or the input where none is named. */
function sources(call: Invocation, command: string, paths: readonly string[]): readonly Source[] {
  if (paths.length === 0) return [{ name: '-', text: call.io.stdin }]
  return paths.map((name) => ({ name, text: readFile(call, command, name) }))
}

const statusOf = (read: readonly Source[]): number =>
  read.some(({ text }) => text === null) ? 1 : 0

/** Lines without their newlines. */
function linesOf(text: string): readonly string[] {
  if (text === '') return []
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}

function cat(call: Invocation): number {
  const options = parseOptions(call.args, 'u')
  if ('fault' in options) {
    call.io.err(`cat: ${options.fault}\n`)
    return 1
  }
  const read = sources(call, 'cat', options.operands)
  for (const { text } of read) if (text !== null) call.io.out(text)
  return statusOf(read)
}

/** `head` and `tail`. */
function part(call: Invocation, command: 'head' | 'tail'): number {
  const args = call.args.map((arg) => (/^-\d+$/.test(arg) ? `-n${arg.slice(1)}` : arg))
  const options = parseOptions(args, 'n:')
  const count = 'fault' in options ? '' : (options.values.get('n') ?? '10')
  if ('fault' in options || !/^\d+$/.test(count)) {
    call.io.err(`${command}: usage: ${command} [-n LINES] [FILE]...\n`)
    return 1
  }
  const read = sources(call, command, options.operands)
  for (const { text } of read) {
    const lines = linesOf(text ?? '')
    const number = Number(count)
    const wanted =
      command === 'head' ? lines.slice(0, number) : lines.slice(Math.max(0, lines.length - number))
    call.io.out(wanted.map((line) => `${line}\n`).join(''))
  }
  return statusOf(read)
}

function wc(call: Invocation): number {
  const options = parseOptions(call.args, 'lwc')
  if ('fault' in options) {
    call.io.err(`wc: ${options.fault}\n`)
    return 1
  }
  const letters = ['l', 'w', 'c'].filter(
    (letter) => options.flags.size === 0 || options.flags.has(letter),
  )
  const read = sources(call, 'wc', options.operands)
  for (const { name, text } of read) {
    if (text === null) continue
    const counts: Readonly<Record<string, number>> = {
      l: text.split('\n').length - 1,
      w: text.split(/\s+/).filter((word) => word !== '').length,
      c: text.length,
    }
    const numbers = letters.map((letter) => `${counts[letter] ?? 0}`).join(' ')
    call.io.out(`${numbers}${name === '-' ? '' : ` ${name}`}\n`)
  }
  return statusOf(read)
}

function sort(call: Invocation): number {
  const options = parseOptions(call.args, 'nru')
  if ('fault' in options) {
    call.io.err(`sort: ${options.fault}\n`)
    return 1
  }
  const { flags, operands } = options
  const read = sources(call, 'sort', operands)
  const number = (line: string): number => Number(/^\s*-?\d+/.exec(line)?.[0] ?? 0)
  const lines = read.flatMap(({ text }) => linesOf(text ?? ''))
  const sorted = lines.toSorted((a, b) =>
    flags.has('n') ? number(a) - number(b) || compareNames(a, b) : compareNames(a, b),
  )
  if (flags.has('r')) sorted.reverse()
  const shown = flags.has('u') ? [...new Set(sorted)] : sorted
  call.io.out(shown.map((line) => `${line}\n`).join(''))
  return statusOf(read)
}

/** Files below a directory, links not followed. */
function filesBelow(call: Invocation, path: string): readonly string[] {
  const { tree } = call.shell.session.machine
  const at = absolutePath(call.shell.cwd, path)
  if (entryAt(tree, at)?.kind !== 'directory') return [path]
  return [...namesIn(tree, at)]
    .sort(compareNames)
    .flatMap((name) => filesBelow(call, path.endsWith('/') ? `${path}${name}` : `${path}/${name}`))
    .filter((file) => entryAt(tree, absolutePath(call.shell.cwd, file))?.kind === 'file')
}

interface GrepStyle {
  readonly flags: ReadonlySet<string>
  readonly isNamed: boolean
}

/** What grep prints of one text. */
function grepOutput(
  { name, text }: Source,
  pattern: LinePattern,
  { flags, isNamed }: GrepStyle,
): string {
  const prefix = isNamed ? `${name}:` : ''
  const hits = linesOf(text ?? '')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => pattern.test(line) !== flags.has('v'))
  if (flags.has('q')) return ''
  if (flags.has('l')) return hits.length > 0 ? `${name}\n` : ''
  if (flags.has('c')) return `${prefix}${hits.length}\n`
  return hits
    .map(({ line, number }) => `${prefix}${flags.has('n') ? `${number}:` : ''}${line}\n`)
    .join('')
}

const matches = ({ text }: Source, pattern: LinePattern, flags: ReadonlySet<string>): boolean =>
  linesOf(text ?? '').some((line) => pattern.test(line) !== flags.has('v'))

function grep(call: Invocation): number {
  const options = parseOptions(call.args, 'rRlLnvcqiHhEFwse:')
  const { io } = call
  if ('fault' in options) {
    io.err(`grep: ${options.fault}\n`)
    return 2
  }
  const { flags, values } = options
  const [first, ...rest] = options.operands
  const expression = values.get('e') ?? first
  const paths = values.has('e') ? options.operands : rest
  const pattern = expression === undefined ? undefined : grepPattern(expression, flags)
  if (pattern === undefined) {
    io.err(
      expression === undefined
        ? 'grep: usage: grep [-rlnvcqiEF] PATTERN [FILE]...\n'
        : `grep: bad regex '${messageText(expression)}'\n`,
    )
    return 2
  }
  const isDeep = flags.has('r') || flags.has('R')
  const { tree } = call.shell.session.machine
  const files = isDeep
    ? (paths.length === 0 ? ['.'] : paths).flatMap((path) => filesBelow(call, path))
    : paths
  const isReadable = (path: string): boolean => {
    const at = absolutePath(call.shell.cwd, path)
    return !isDeep || (!isDirectory(tree, at) && ((entryAt(tree, at)?.mode ?? 0) & 0o444) !== 0)
  }
  const read = sources(call, 'grep', files.filter(isReadable))
  const isNamed = !flags.has('h') && (flags.has('H') || isDeep || paths.length > 1)
  let hasMatch = false
  for (const source of read) {
    if (source.text === null) continue
    hasMatch = matches(source, pattern, flags) || hasMatch
    io.out(grepOutput(source, pattern, { flags, isNamed }))
  }
  if (statusOf(read) !== 0) return 2
  return hasMatch ? 0 : 1
}

/** Commands that read texts. */
export const TEXT_COMMANDS: CommandTable = {
  cat: { usage: '[FILE]...', summary: 'print files', run: cat },
  head: {
    usage: '[-n LINES] [FILE]...',
    summary: 'print the first lines',
    run: (call) => part(call, 'head'),
  },
  tail: {
    usage: '[-n LINES] [FILE]...',
    summary: 'print the last lines',
    run: (call) => part(call, 'tail'),
  },
  wc: { usage: '[-lwc] [FILE]...', summary: 'count lines, words, characters', run: wc },
  sort: { usage: '[-nru] [FILE]...', summary: 'sort lines', run: sort },
  grep: { usage: '[-rlnvcqiEF] PATTERN [FILE]...', summary: 'print lines that match', run: grep },
}
