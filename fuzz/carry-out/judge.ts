// What a command must do whatever it is given.

/** A command that has ended. */
export interface CommandRun {
  readonly line: readonly string[]
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Exit codes of the command's documentation; 130 and 126 are not for inputs. */
const CODES: readonly (number | null)[] = [0, 1, 2, 3]

/** A line of a stack trace of V8. */
const STACK_LINE = /^\s+at .+[:(].*:\d+:\d+\)?$/m

/** What a message says where a check is missing. */
const INTERNAL =
  /\b(?:TypeError|RangeError|ReferenceError|SyntaxError|InvariantViolation|BrokenInvariant)\b|this is a bug in memhp|Cannot read propert|is not a function|is not iterable|\[object Object\]/

/** What is printed where a number or a value is missing. */
const NONSENSE = /\bNaN\b|\bundefined\b|\[object \w+\]/

/** More than a user reads. Characters. */
const LONGEST_MESSAGE = 20_000

const isShell = (line: readonly string[]): boolean => line.includes('shell')

function codeProblem({ line, code }: CommandRun): string | undefined {
  if (isShell(line) && code !== null && code >= 0 && code <= 255) return undefined
  return CODES.includes(code) ? undefined : `exit code ${code}`
}

function outputProblem({ line, code, stdout, stderr }: CommandRun): string | undefined {
  if (isShell(line)) return undefined
  if (code !== 0 && stderr.trim() === '' && stdout.trim() === '')
    return `exit code ${code} without a word`
  if (code === 2 && stderr.length > LONGEST_MESSAGE)
    return `a message of ${stderr.length} characters`
  if (
    !line.includes('--json') ||
    stdout === '' ||
    line.some((word) => /^(?:--?h|help|-V|--version)/.test(word))
  )
    return undefined
  if (code !== 0 && code !== 1) return undefined
  try {
    JSON.parse(stdout)
    return undefined
  } catch {
    return '--json printed what is not JSON'
  }
}

/** @returns the evidence, cut to a line or two */
const around = (text: string, pattern: RegExp): string => {
  const at = text.search(pattern)
  return text.slice(Math.max(0, at - 100), at + 300)
}

/**
 * What is wrong with a run.
 * @param given all that the input holds, in which words may stand that would be nonsense elsewhere
 * @returns undefined where nothing is
 */
export function problemOf(run: CommandRun, given: string): string | undefined {
  const { stdout, stderr } = run
  if (INTERNAL.test(stderr) && !INTERNAL.test(given)) return stderr.slice(0, 3000)
  if (STACK_LINE.test(stderr)) return `a stack trace: ${stderr.slice(0, 3000)}`
  const wrong = codeProblem(run) ?? outputProblem(run)
  if (wrong !== undefined) return `${wrong}: ${stderr.slice(0, 500)}`
  const printed = isShell(run.line) ? stderr : stdout + stderr
  if (NONSENSE.test(printed) && !NONSENSE.test(given))
    return `nonsense is printed: ${around(printed, NONSENSE)}`
  return undefined
}
