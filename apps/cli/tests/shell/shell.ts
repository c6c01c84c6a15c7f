import { openDefaultMachine } from '../../src/shell/default-machine'
import { runText } from '../../src/shell/execute'
import { createShell, type ShellState } from '../../src/shell/state'

/** A shell on the machine that `memhp shell` has when it is given none. */
export const openTestShell = async (): Promise<ShellState> =>
  createShell(await openDefaultMachine())

/** What a line of commands left behind. */
export interface Said {
  readonly out: string
  readonly err: string
  readonly status: number
}

/** Runs commands and collects what they say. */
export async function say(shell: ShellState, text: string, stdin = ''): Promise<Said> {
  let out = ''
  let err = ''
  const status = await runText(shell, text, {
    stdin,
    out: (part) => {
      out += part
    },
    err: (part) => {
      err += part
    },
  })
  return { out, err, status }
}
