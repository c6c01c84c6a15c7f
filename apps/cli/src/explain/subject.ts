import { ERRNO, type Errno } from '@memhp/core'
import { parseKernelLog } from '@memhp/kernel-files'
import { errnoOfNumber, type LogFact, logFactsIn } from '@memhp/planner'
import { CliError } from '../errors'

/** What a command line asks about, before a machine is looked at. */
export interface Asked {
  /** Blocks and devices, by any of their names. */
  readonly places: readonly string[]
  /** What the kernel answered. */
  readonly errno: Errno | undefined
  /** What lines of the log among the words say. */
  readonly facts: readonly LogFact[]
  /** Source and status of an _OST report. */
  readonly ost: { readonly source: number; readonly status: number } | undefined
}

const isErrno = (word: string): word is Errno => Object.hasOwn(ERRNO, word)

/** `EBUSY`, `errno=16`, `errno:16`, `ret:-16`, `rc=-16`. A number alone is a block. */
function errnoNamed(word: string): Errno | undefined {
  const name = word.toUpperCase()
  if (isErrno(name)) return name
  const [, digits] = /^(?:errno|ret|rc|error)[:=]?-?(\d{1,4})$/i.exec(word) ?? []
  return digits === undefined ? undefined : errnoOfNumber(Number(digits))
}

const numberOf = (text: string): number =>
  text.startsWith('0x') ? Number.parseInt(text, 16) : Number(text)

/** `ost 3/130`, `source 3 status 0x82`, an event of QMP. */
const OST =
  /(?:ost\D{0,40}|"?source"?\W{1,3})(0x[0-9a-f]{1,4}|\d{1,5})(?:\/|,? *"?status"?\W{1,3})(0x[0-9a-f]{1,4}|\d{1,5})/i
const OST_REVERSED = /"status": *(\d{1,5}).{0,80}"source": *(\d{1,5})/

function ostIn(text: string): Asked['ost'] {
  const [, source, status] = OST.exec(text) ?? []
  if (source !== undefined && status !== undefined)
    return { source: numberOf(source), status: numberOf(status) }
  const [, answered, asked] = OST_REVERSED.exec(text) ?? []
  if (answered === undefined || asked === undefined) return undefined
  return { source: numberOf(asked), status: numberOf(answered) }
}

/**
 * Sorts the words of a command line.
 * @throws CliError where two errnos are named
 */
export function askedBy(words: readonly string[]): Asked {
  const ost = ostIn(words.join(' '))
  if (ost !== undefined) return { places: [], errno: undefined, facts: [], ost }
  const errnos = words.flatMap((word) => errnoNamed(word) ?? [])
  const [errno, other] = new Set(errnos)
  if (other !== undefined)
    throw new CliError(`${errno} and ${other}: one errno at a time is explained`)
  const lines = words.filter((word) => word.includes(' '))
  const facts = logFactsIn(lines.flatMap((line) => parseKernelLog(line)))
  const [unknown] = facts.length === 0 ? lines : []
  if (unknown !== undefined)
    throw new CliError(`${JSON.stringify(unknown)}: not a line of the kernel’s log on memory`, {
      remedy: 'memory32, 0x100000000, EBUSY; memhp explain --help tells more',
    })
  const places = words.filter((word) => !word.includes(' ') && errnoNamed(word) === undefined)
  return { places, errno, facts, ost }
}
