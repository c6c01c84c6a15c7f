import type { Session } from '@memhp/trace'

/** A shell on a machine. */
export interface ShellState {
  readonly session: Session
  cwd: string
  /** Where `cd -` goes. */
  previous: string
  readonly variables: Map<string, string>
  /** `$?`. */
  status: number
  /** Exit code that `exit` asked for; null while the shell runs. */
  exit: number | null
}

/** A shell that stands at the root. */
export const createShell = (session: Session): ShellState => ({
  session,
  cwd: '/',
  previous: '/',
  variables: new Map(),
  status: 0,
  exit: null,
})

/** What a command reads and writes. */
export interface ShellIo {
  readonly stdin: string
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Width of the terminal that the output goes to; absent where none looks. */
  readonly columns?: number
}

/** A command that runs. */
export interface Invocation {
  readonly shell: ShellState
  /** Without the command's own name. */
  readonly args: readonly string[]
  readonly io: ShellIo
  /** Runs another command with the same input and output, for `sudo`. */
  readonly runCommand: (words: readonly string[], io: ShellIo) => Promise<number>
}

/** A command of the shell. */
export interface ShellCommand {
  /** What stands behind the name. */
  readonly usage: string
  readonly summary: string
  /** @returns the exit code */
  readonly run: (invocation: Invocation) => number | Promise<number>
}

export type CommandTable = Readonly<Record<string, ShellCommand>>
