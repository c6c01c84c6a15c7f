// Carries out the command lines of an input and judges them.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { CommandInput } from '../input'
import { changedNames, stampsIn, writeEntries } from './folder'
import { hostProblem } from './hosts'
import { type CommandRun, problemOf } from './judge'
import { runBuilt, runLine } from './run-line'
import type { Verdict } from './verdict'

/** How the lines are run: in this process, or as the built command. */
export type RunMode = 'here' | 'built'

/** Names that a command line may write to. */
function mayWrite({ line }: CommandRun): readonly string[] {
  if (!line.includes('capture')) return []
  const named = line.flatMap((word, i) => {
    if (word === '-o' || word === '--output') return [line[i + 1] ?? '']
    return /^(?:-o|--output=)(.+)$/.exec(word)?.slice(1) ?? []
  })
  return [...named, 'memhp-capture.json.gz']
}

/** @returns what a command changed without being told to */
function writeProblem(runs: readonly CommandRun[], changed: readonly string[]): string | undefined {
  const allowed = new Set(runs.flatMap(mayWrite))
  const others = changed.filter((name) => !allowed.has(name))
  return others.length === 0 ? undefined : `written without being named: ${others.join(', ')}`
}

/** Bytes of one word of a call. Source: MAX_ARG_STRLEN, execve(2). */
const LONGEST_WORD = 2 ** 17 - 1

/** False for a command line that no process can be started with. */
const isCall = (line: readonly string[]): boolean =>
  line.every((word) => Buffer.byteLength(word) <= LONGEST_WORD)

/** True for a command that reads standard input, which a process has but once. */
const readsInput = (line: readonly string[]): boolean =>
  line.includes('shell') && !line.some((word) => /^(?:-\w*c|--command)/.test(word))

async function problemIn(
  { entries, lines, stdin, kind }: CommandInput,
  folder: string,
  mode: RunMode,
): Promise<Verdict> {
  writeEntries(folder, entries)
  // Loading what the first input reads from the repository is done before the working directory changes.
  process.chdir(folder)
  const before = stampsIn(folder)
  const given = inspect({ entries, lines }, { depth: null, maxStringLength: null })
  const runs: CommandRun[] = []
  const codes = (): string[] => runs.map(({ code }) => `${code}`)
  for (const line of lines) {
    const isBuilt = (mode === 'built' && isCall(line)) || readsInput(line)
    const run = isBuilt ? runBuilt(line, stdin) : await runLine(line)
    runs.push(run)
    const problem = problemOf(run, given)
    if (problem !== undefined)
      return { problem: `memhp ${line.join(' ')}\n${problem}`, codes: codes() }
  }
  const problem =
    writeProblem(runs, changedNames(before, stampsIn(folder))) ??
    (kind === 'sysroot' && mode === 'here' ? await hostProblem() : undefined)
  return problem === undefined ? { codes: codes() } : { problem, codes: codes() }
}

/**
 * Folders of the input alone above the one that its command lines run in: `..` and the links of a tree lead no further, and nothing else that
 * lies where temporary folders are belongs to an input.
 */
const FOLDERS_ABOVE = 'a/b/c/d/e/f'

/**
 * Carries out an input of command lines in a new folder.
 * @param keep folder that the files of the input are left in; default: one that is removed
 */
export async function carryOutCommands(
  input: CommandInput,
  { mode, keep }: { readonly mode: RunMode; readonly keep?: string },
): Promise<Verdict> {
  const root = keep ?? mkdtempSync(join(tmpdir(), 'memhp-fuzz-'))
  const folder = keep ?? join(root, FOLDERS_ABOVE)
  mkdirSync(folder, { recursive: true })
  try {
    return await problemIn(input, folder, mode)
  } finally {
    process.chdir(tmpdir())
    if (keep === undefined) rmSync(root, { recursive: true, force: true })
  }
}
