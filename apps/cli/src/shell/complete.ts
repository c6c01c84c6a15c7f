import { COMMANDS } from './commands'
import { compareNames } from './glob'
import { absolutePath, isDirectory, namesIn } from './paths'
import type { ShellState } from './state'

/** What may stand in place of the last word of a line. */
export interface Completion {
  readonly candidates: readonly string[]
  /** The word that they replace. */
  readonly word: string
}

/** Behind these a command begins. */
const COMMAND_PLACE = /(?:^|[;&|(]|\b(?:do|then|else|if|elif|sudo)\s)\s*$/

/** Completes the last word of a line: a command where one may stand, else a path. */
export function complete(shell: ShellState, line: string): Completion {
  const word = /[^\s;&|<>()'"]*$/.exec(line)?.[0] ?? ''
  const before = line.slice(0, line.length - word.length)
  if (COMMAND_PLACE.test(before) && !word.includes('/')) {
    const names = Object.keys(COMMANDS).filter((name) => name.startsWith(word))
    return { candidates: names.sort(compareNames).map((name) => `${name} `), word }
  }
  return { candidates: pathCandidates(shell, word), word }
}

function pathCandidates(shell: ShellState, word: string): readonly string[] {
  const { tree } = shell.session.machine
  const base = word.slice(0, word.lastIndexOf('/') + 1)
  const start = word.slice(base.length)
  const directory = absolutePath(shell.cwd, base === '' ? '.' : base)
  const found = namesIn(tree, directory)
    .filter((name) => name.startsWith(start))
    .sort(compareNames)
  return found.map((name) => {
    const ending = isDirectory(tree, `${directory}/${name}`) ? '/' : ' '
    return `${base}${name}${ending}`
  })
}
