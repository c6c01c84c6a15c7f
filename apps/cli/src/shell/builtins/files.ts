import { isHotplugError } from '@memhp/core'
import { compareNames, matchesPattern } from '../glob'
import {
  absolutePath,
  baseName,
  entryAt,
  isDirectory,
  logicalPath,
  namesIn,
  realPath,
} from '../paths'
import { strerror } from '../redirect'
import type { CommandTable, Invocation, ShellState } from '../state'
import { inColumns, listDirectory, listEntry } from './listing'
import { parseOptions } from './options'

const absolute = ({ cwd }: ShellState, path: string): string => absolutePath(cwd, path)

function cd({ shell, args, io }: Invocation): number {
  const [target = '/'] = args
  const { tree } = shell.session.machine
  const path = target === '-' ? shell.previous : logicalPath(shell.cwd, target)
  if (!isDirectory(tree, path)) {
    const isThere = entryAt(tree, path) !== undefined
    io.err(`sh: cd: can't cd to ${target}: ${strerror(isThere ? 'ENOTDIR' : 'ENOENT')}\n`)
    return 2
  }
  shell.previous = shell.cwd
  shell.cwd = path
  if (target === '-') io.out(`${path}\n`)
  return 0
}

function ls({ shell, args, io }: Invocation): number {
  const options = parseOptions(args, 'l1adhFC')
  if ('fault' in options) {
    io.err(`ls: ${options.fault}\n`)
    return 1
  }
  const { flags, operands } = options
  const { tree } = shell.session.machine
  const paths = operands.length === 0 ? ['.'] : [...operands].sort(compareNames)
  const style = { isLong: flags.has('l'), columns: flags.has('1') ? undefined : io.columns }
  const isThere = (path: string): boolean => entryAt(tree, absolute(shell, path)) !== undefined
  const there = paths.filter(isThere)
  const missing = paths.filter((path) => !isThere(path))
  for (const path of missing) io.err(`ls: ${path}: ${strerror('ENOENT')}\n`)
  const isListed = (path: string): boolean =>
    !flags.has('d') && isDirectory(tree, absolute(shell, path))
  const single = there.filter((path) => !isListed(path))
  const inLines = single.map((path) =>
    listEntry(tree, absolute(shell, path), { ...style, name: path }),
  )
  const { isLong, columns } = style
  io.out(isLong || columns === undefined ? inLines.join('') : inColumns(single, columns))
  for (const [index, path] of there.filter(isListed).entries()) {
    if (paths.length > 1) io.out(`${index + single.length > 0 ? '\n' : ''}${path}:\n`)
    io.out(listDirectory(tree, absolute(shell, path), style))
  }
  return missing.length === 0 ? 0 : 1
}

function readlink({ shell, args, io }: Invocation): number {
  const options = parseOptions(args, 'fen')
  if ('fault' in options) {
    io.err(`readlink: ${options.fault}\n`)
    return 1
  }
  const { tree } = shell.session.machine
  let status = options.operands.length === 0 ? 1 : 0
  for (const path of options.operands) {
    const at = absolute(shell, path)
    const target =
      options.flags.has('f') || options.flags.has('e')
        ? realPath(tree, at)
        : entryAt(tree, at)?.kind === 'link'
          ? tree.readlink(at)
          : undefined
    if (target === undefined) status = 1
    else io.out(options.flags.has('n') ? target : `${target}\n`)
  }
  return status
}

/** What `find` looks for. */
interface Search {
  readonly paths: readonly string[]
  readonly name: string | undefined
  readonly kind: 'file' | 'directory' | 'link' | undefined
  readonly depth: number
}

const KINDS = { f: 'file', d: 'directory', l: 'link' } as const

function parseFind(args: readonly string[]): Search | { readonly fault: string } {
  const split = args.findIndex((arg) => arg.startsWith('-'))
  const paths = split === -1 ? args : args.slice(0, split)
  const tests = split === -1 ? [] : args.slice(split)
  let search: Search = {
    paths: paths.length === 0 ? ['.'] : paths,
    name: undefined,
    kind: undefined,
    depth: Number.POSITIVE_INFINITY,
  }
  for (let i = 0; i < tests.length; i++) {
    const test = tests[i]
    if (test === '-print') continue
    const value = tests[++i]
    if (value === undefined) return { fault: `${test}: requires an argument` }
    if (test === '-name') search = { ...search, name: value }
    else if (test === '-maxdepth' && /^\d+$/.test(value))
      search = { ...search, depth: Number(value) }
    else if (test === '-type' && Object.hasOwn(KINDS, value)) {
      search = { ...search, kind: KINDS[value as keyof typeof KINDS] }
    } else return { fault: `${test} ${value}: not known` }
  }
  return search
}

function find({ shell, args, io }: Invocation): number {
  const search = parseFind(args)
  if ('fault' in search) {
    io.err(`find: ${search.fault}\n`)
    return 1
  }
  const { tree } = shell.session.machine
  let status = 0
  const visit = (path: string, depth: number): void => {
    const at = absolute(shell, path)
    const entry = entryAt(tree, at)
    if (entry === undefined) return
    const isNamed = search.name === undefined || matchesPattern(search.name, baseName(path))
    if (isNamed && (search.kind === undefined || search.kind === entry.kind)) io.out(`${path}\n`)
    if (entry.kind !== 'directory' || depth >= search.depth) return
    for (const name of [...namesIn(tree, at)].sort(compareNames)) {
      visit(path.endsWith('/') ? `${path}${name}` : `${path}/${name}`, depth + 1)
    }
  }
  for (const path of search.paths) {
    if (entryAt(tree, absolute(shell, path)) === undefined) {
      io.err(`find: ${path}: ${strerror('ENOENT')}\n`)
      status = 1
    }
    visit(path, 0)
  }
  return status
}

function tree({ shell, args, io }: Invocation): number {
  const options = parseOptions(args, 'dL:')
  const level = 'fault' in options ? '' : (options.values.get('L') ?? '99')
  if ('fault' in options || !/^[1-9]\d*$/.test(level)) {
    io.err('tree: usage: tree [-d] [-L LEVEL] [PATH]\n')
    return 1
  }
  const files = shell.session.machine.tree
  const [path = '.'] = options.operands
  if (!isDirectory(files, absolute(shell, path))) {
    io.err(`tree: ${path}: ${strerror('ENOENT')}\n`)
    return 1
  }
  let directories = 0
  let others = 0
  const draw = (at: string, indent: string, depth: number): void => {
    const names = namesIn(files, at)
      .map((name) => ({ name, kind: entryAt(files, `${at}/${name}`)?.kind }))
      .filter(({ kind }) => !options.flags.has('d') || kind === 'directory')
      .sort((a, b) => compareNames(a.name, b.name))
    for (const [index, { name, kind }] of names.entries()) {
      const isLast = index === names.length - 1
      const arrow = kind === 'link' ? ` -> ${files.readlink(`${at}/${name}`)}` : ''
      io.out(`${indent}${isLast ? '└── ' : '├── '}${name}${arrow}\n`)
      if (kind === 'directory') directories += 1
      else others += 1
      if (kind === 'directory' && depth < Number(level)) {
        draw(`${at}/${name}`, `${indent}${isLast ? '    ' : '│   '}`, depth + 1)
      }
    }
  }
  io.out(`${path}\n`)
  draw(absolute(shell, path), '', 1)
  io.out(`\n${directories} directories, ${others} files\n`)
  return 0
}

/** Writes to files what it reads, and prints it: `echo offline | sudo tee state`. */
function tee({ shell, args, io }: Invocation): number {
  const options = parseOptions(args, 'a')
  if ('fault' in options) {
    io.err(`tee: ${options.fault}\n`)
    return 1
  }
  io.out(io.stdin)
  let status = 0
  for (const path of options.operands) {
    try {
      if (path !== '/dev/null') shell.session.machine.tree.write(absolute(shell, path), io.stdin)
    } catch (error) {
      if (!isHotplugError(error)) throw error
      io.err(`tee: ${path}: ${strerror(error.errno)}\n`)
      status = 1
    }
  }
  return status
}

/** Commands that find their way in the tree. */
export const FILE_COMMANDS: CommandTable = {
  cd: { usage: '[DIR | -]', summary: 'go to a directory', run: cd },
  pwd: {
    usage: '',
    summary: 'print where you are',
    run: ({ shell, io }) => {
      io.out(`${shell.cwd}\n`)
      return 0
    },
  },
  ls: { usage: '[-l1d] [PATH]...', summary: 'list a directory', run: ls },
  tree: { usage: '[-d] [-L LEVEL] [PATH]', summary: 'draw a directory and all below', run: tree },
  readlink: { usage: '[-f] PATH...', summary: 'print where a link leads', run: readlink },
  find: {
    usage: '[PATH]... [-name PATTERN] [-type f|d|l] [-maxdepth N]',
    summary: 'find by name',
    run: find,
  },
  tee: { usage: '[PATH]...', summary: 'write the input to files and print it', run: tee },
}
