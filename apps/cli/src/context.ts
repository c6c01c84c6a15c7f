import { createRequire } from 'node:module'
import picocolors from 'picocolors'
import type { Interrupt } from './interrupt'
import { wantsColour } from './output/colour'

/** Paints text, or leaves it as it is where nobody wants colours. */
export type Paint = ReturnType<typeof picocolors.createColors>

/** Global flags that commands see. */
export interface GlobalFlags {
  /** `--color`, `--no-color`, or neither. */
  readonly color?: boolean
}

/** What a command may do to the outside: standard output is for results, standard error for everything else. */
export interface CliContext {
  /** Writes to standard output as it is. */
  readonly print: (text: string) => void
  /** Writes a line to standard error. */
  readonly warn: (line: string) => void
  /** A line on standard error that the next one replaces; nothing where no terminal looks. An empty text removes it. */
  readonly progress: (text: string) => void
  /** From the first call on, Ctrl-C aborts this signal instead of ending the process. */
  readonly interruptSignal: () => AbortSignal
  readonly paint: Paint
}

/** Removes the line and starts again at its beginning. Source: ECMA-48 EL. */
const CLEAR_LINE = '\r\u001b[2K'

/** Version of the command, from its manifest. */
export function manifestVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('../package.json')
  const { version } = manifest as { readonly version: string }
  return version
}

/** The context over this process's own streams. */
export function processContext(flags: GlobalFlags, interrupt: Interrupt): CliContext {
  const { stdout, stderr, env } = process
  const isColoured = wantsColour({
    flag: flags.color,
    environment: env,
    isTerminal: stdout.isTTY === true,
  })
  let isProgressShown = false
  const progress = (text: string): void => {
    if (stderr.isTTY !== true || (text === '' && !isProgressShown)) return
    isProgressShown = text !== ''
    stderr.write(`${CLEAR_LINE}${text}`)
  }
  return {
    print: (text) => {
      progress('')
      stdout.write(text)
    },
    warn: (line) => {
      progress('')
      stderr.write(`${line}\n`)
    },
    progress,
    interruptSignal: interrupt.signal,
    paint: picocolors.createColors(isColoured),
  }
}
