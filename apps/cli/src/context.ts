import picocolors from 'picocolors'
import type { Interrupt } from './interrupt'
import { wantsColour } from './output/colour'
import type { Readers } from './readers'

/** Where text goes: a standard stream, or a test's memory. */
interface TextSink {
  /** @param done called when the text is written, or cannot be */
  write(text: string, done?: (error?: Error | null) => void): unknown
  readonly isTTY?: boolean
  /** Columns of a terminal. */
  readonly columns?: number
}

/** Threads that a command may start. */
export interface Workers {
  /** What starts a thread. Its data is the name of what it runs: `replay-worker`. */
  readonly url: URL
  /** As many as there are processors. */
  readonly count: number
}

/** The outside of the command: streams, environment, Ctrl-C and processors. */
export interface Outside {
  readonly stdout: TextSink
  readonly stderr: TextSink
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly interrupt: Interrupt
  /** Absent: a stream that cannot be written ends nothing. */
  readonly readers?: Pick<Readers, 'outlive'>
  /** Puts a question to whoever sits at the terminal; absent where there is none. The signal takes it back. */
  readonly ask?: (question: string, signal?: AbortSignal) => Promise<string>
  /** Absent: everything is done in this thread. */
  readonly workers?: Workers
}

/** Paints text, or leaves it as it is where colours are not wanted. */
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
  /** Resolves when all that was printed is written. Where it cannot be, the process ends. */
  readonly printed: () => Promise<void>
  /** Writes a line to standard error. */
  readonly warn: (line: string) => void
  /** A line on standard error that the next one replaces; nothing where no terminal looks. An empty text removes it. */
  readonly progress: (text: string) => void
  /** A line on standard error where no terminal looks, so that a log shows that work goes on; nothing on a terminal. */
  readonly milestone: (line: string) => void
  /** From the first call on, Ctrl-C aborts this signal instead of ending the process. */
  readonly interruptSignal: () => AbortSignal
  /** Does to its end what must not be left half done, be it that a standard stream cannot be written meanwhile. */
  readonly outliveReaders: Readers['outlive']
  readonly workers: Workers | undefined
  readonly environment: Outside['environment']
  /** Absent where no one sits at a terminal. What it rejects with is the signal's reason. */
  readonly ask: ((question: string, signal?: AbortSignal) => Promise<string>) | undefined
  readonly paint: Paint
  /** Columns of the terminal that standard output is; undefined where it is none. */
  readonly columns: number | undefined
}

/** Removes the line and starts again at its beginning. Source: ECMA-48 EL. */
const CLEAR_LINE = '\r\u001b[2K'

/** The context of a command that runs with these flags. */
export function createContext(flags: GlobalFlags, outside: Outside): CliContext {
  const { stdout, stderr, environment, interrupt, readers, ask } = outside
  const isColoured = wantsColour({
    flag: flags.color,
    environment,
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
    printed: async () =>
      new Promise((resolve) => {
        // Whoever opened the stream ends the process for an error.
        stdout.write('', (error) => {
          if (!error) resolve()
        })
      }),
    warn: (line) => {
      progress('')
      stderr.write(`${line}\n`)
    },
    progress,
    milestone: (line) => {
      if (stderr.isTTY !== true) stderr.write(`${line}\n`)
    },
    interruptSignal: interrupt.signal,
    outliveReaders: readers?.outlive ?? (async (act) => act()),
    workers: outside.workers,
    environment,
    ask:
      ask &&
      (async (question, signal) => {
        progress('')
        return ask(question, signal)
      }),
    paint: picocolors.createColors(isColoured),
    columns: stdout.isTTY === true && stdout.columns !== 0 ? stdout.columns : undefined,
  }
}
