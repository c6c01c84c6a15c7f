import { createInterface, type Interface } from 'node:readline'
import type { LogLine } from '@memhp/core'
import { complete } from './complete'
import { runText } from './execute'
import { parseCommands } from './parse'
import type { ShellIo, ShellState } from './state'
import { ShellSyntaxError } from './syntax'

/** The streams that are typed into and read from. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { setRawMode?(isRaw: boolean): unknown }
  readonly output: NodeJS.WritableStream & { readonly columns?: number }
  /** True if a person sits there: prompts, completion, history. */
  readonly isInteractive: boolean
}

const CONTINUATION = '> '

const promptOf = ({ cwd }: ShellState): string => `memhp:${cwd} # `

/** True if more lines could make a text a command. */
function isIncomplete(text: string): boolean {
  try {
    parseCommands(text)
    return false
  } catch (error) {
    return error instanceof ShellSyntaxError && error.incomplete
  }
}

/** What the kernel prints on its console: warnings and errors that came since a moment. */
function consoleLines(shell: ShellState, last: LogLine | undefined): readonly LogLine[] {
  const { log } = shell.session.machine.state.journal
  const first = last === undefined ? 0 : log.lastIndexOf(last) + 1
  return log.slice(first).filter(({ level }) => level === 'err' || level === 'warn')
}

function openLines(shell: ShellState, terminal: Terminal): Interface {
  const { input, output, isInteractive } = terminal
  if (!isInteractive) return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  return createInterface({
    input,
    output,
    terminal: true,
    historySize: 1000,
    removeHistoryDuplicates: true,
    completer: (line: string): [string[], string] => {
      const { candidates, word } = complete(shell, line)
      return [[...candidates], word]
    },
  })
}

/**
 * Reads lines and runs them until the input ends or `exit` runs. Ctrl-C throws away the line that is being typed.
 * @returns the exit code: of `exit`, else of the last command
 */
export async function runRepl(shell: ShellState, terminal: Terminal, io: ShellIo): Promise<number> {
  const lines = openLines(shell, terminal)
  const { isInteractive } = terminal
  let pending = ''
  const prompt = (): void => {
    if (!isInteractive) return
    lines.setPrompt(pending === '' ? promptOf(shell) : CONTINUATION)
    lines.prompt()
  }
  lines.on('SIGINT', () => {
    pending = ''
    io.out('^C\n')
    lines.write(null, { ctrl: true, name: 'e' })
    lines.write(null, { ctrl: true, name: 'u' })
    prompt()
  })
  prompt()
  for await (const line of lines) {
    pending += pending === '' ? line : `\n${line}`
    if (!isIncomplete(pending)) {
      const text = pending
      pending = ''
      await (isInteractive
        ? runInterruptibly(shell, text, { io, terminal })
        : runText(shell, text, io))
      if (shell.exit !== null) break
      if (!isInteractive && shell.status === 2 && isSyntaxError(text)) break
    }
    prompt()
  }
  // Ctrl-D leaves the prompt without a line end.
  if (isInteractive && shell.exit === null) io.out('\n')
  lines.close()
  if (pending !== '' && shell.exit === null) await runText(shell, pending, io)
  return shell.exit ?? shell.status
}

const isSyntaxError = (text: string): boolean => {
  try {
    parseCommands(text)
    return false
  } catch (error) {
    return error instanceof ShellSyntaxError
  }
}

/**
 * Runs what a person typed while the terminal sends SIGINT for Ctrl-C, which ends the process: where each key is only passed
 * on, a command that takes no turn of the event loop could not be stopped.
 */
async function runInterruptibly(
  shell: ShellState,
  text: string,
  { io, terminal }: { readonly io: ShellIo; readonly terminal: Terminal },
): Promise<void> {
  terminal.input.setRawMode?.(false)
  try {
    await runTyped(shell, text, io)
  } finally {
    terminal.input.setRawMode?.(true)
  }
}

/** Runs what a person typed. What the kernel prints on its console meanwhile is shown behind it. */
export async function runTyped(shell: ShellState, text: string, io: ShellIo): Promise<void> {
  const last = shell.session.machine.state.journal.log.at(-1)
  await runText(shell, text, io)
  for (const { tick, text: line } of consoleLines(shell, last)) io.err(`[${tick}] ${line}\n`)
}
