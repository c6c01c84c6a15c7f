import { type ErrorCode, type HotplugError, isHotplugError } from '@memhp/core'
import { messageText } from './output/message-text'

/** What the command's exit code means. */
export const EXIT = {
  success: 0,
  /** The machine refused, a scenario expected something else, or the model differs from a kernel. */
  refused: 1,
  /** A flag, an argument or a file is wrong. */
  badInput: 2,
  /** A guest was asked for, and none could be had, or it died. */
  noGuest: 3,
  /** The output cannot be written. Source: sysexits.h EX_IOERR. */
  output: 74,
  /** A bug in memhp. Source: sysexits.h EX_SOFTWARE. */
  bug: 70,
  /** The program of `exec` has not run. As env(1) and docker(1) say it. */
  notRun: 125,
  /** Stopped by SIGINT: 128 + 2, as shells count a process that the signal ended. */
  interrupted: 130,
} as const

/**
 * A message for the user instead of a result: what is wrong, where, and what to do about it. An empty one where the
 * user has been told already, and only the exit code is left to say.
 */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: number
  readonly remedy: string | undefined

  constructor(
    message: string,
    options: { readonly remedy?: string; readonly exitCode?: number } = {},
  ) {
    super(message)
    this.remedy = options.remedy
    this.exitCode = options.exitCode ?? EXIT.badInput
  }
}

/** An error in words. */
export const errorText = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** Refusals that a better input would have avoided. All others are the machine's. */
const INPUT_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BAD_ARGUMENT',
  'BAD_CAPTURE',
  'BAD_DESCRIPTION',
  'BAD_NUMBER',
  'BAD_PLAN',
  'BAD_PLUGIN',
  'BAD_SCENARIO',
  'BAD_TRACE',
  'IS_A_DIRECTORY',
  'NOT_A_DIRECTORY',
  'NOT_A_LINK',
  'NOT_A_TRACE',
  'NOT_READABLE',
  'NOT_WRITABLE',
  'NO_SUCH_BLOCK',
  'NO_SUCH_DEVICE',
  'NO_SUCH_FILE',
  'NO_SUCH_GROUP',
  'NO_SUCH_NODE',
  'TOO_MANY_LINKS',
  'UNKNOWN_PLUGIN',
  'UNKNOWN_VERSION',
])

/** What to do about a refusal, where a general answer helps. */
const REMEDIES: Partial<Record<ErrorCode, string>> = {
  BAD_CAPTURE: 'take a new capture: memhp capture -o FILE',
  IS_A_DIRECTORY: 'name a file; a copy of /sys and /proc is a folder: --sysroot DIR',
  BAD_PLAN: 'make a new plan: memhp plan GOAL -o FILE',
  UNKNOWN_VERSION:
    'update memhp, or make the file anew with this release (a capture: memhp capture -o FILE)',
}

/** Another user helps where the file may not be read, not where it is a device or too long. */
const readingRemedy = ({ errno }: HotplugError): string | undefined =>
  errno === 'EACCES' || errno === 'EPERM'
    ? 'run it as a user who may read the file (root for a live host)'
    : undefined

/** What the user is told about an error, and the exit code that goes with it. */
export interface Report {
  readonly exitCode: number
  /** Lines for standard error; empty where the user has been told already. */
  readonly lines: readonly string[]
}

function reportRefusal(error: HotplugError): Report {
  const exitCode = INPUT_CODES.has(error.code) ? EXIT.badInput : EXIT.refused
  const remedy = error.code === 'NOT_READABLE' ? readingRemedy(error) : REMEDIES[error.code]
  const lines = [`memhp: ${error.message} (${error.code})`]
  return { exitCode, lines: remedy === undefined ? lines : [...lines, `Try: ${remedy}`] }
}

function reportBug(error: unknown): Report {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    exitCode: EXIT.bug,
    lines: [
      'memhp: this is a bug in memhp, not in your input. Nothing more was done.',
      'Please report it with the command line, the input file if you may share it, and these lines:',
      text,
    ],
  }
}

/** Turns whatever a command threw into words and an exit code. */
export function reportError(error: unknown): Report {
  const { exitCode, lines } = reportOf(error)
  return { exitCode, lines: lines.map(messageText) }
}

function reportOf(error: unknown): Report {
  if (error instanceof CliError) {
    const lines = error.message === '' ? [] : [`memhp: ${error.message}`]
    return {
      exitCode: error.exitCode,
      lines: error.remedy === undefined ? lines : [...lines, `Try: ${error.remedy}`],
    }
  }
  return isHotplugError(error) ? reportRefusal(error) : reportBug(error)
}
