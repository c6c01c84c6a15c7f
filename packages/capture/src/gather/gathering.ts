import { HotplugError } from '@memhp/core'
import { TextFault, textFault } from '@memhp/kernel-files'
import type { Unreadable } from '../format'
import type { ReportText } from './report-kind'

/** What a capture that was gathered says of something, and where that is from. */
export interface GatheredFact {
  readonly fact: string
  /** `known`: a text says so. `derived`: it follows from texts. `assumed`: no text says so. `unknown`: nothing is taken for true. */
  readonly how: 'known' | 'derived' | 'assumed' | 'unknown'
  /** Where it is from, what it follows from, or what is missing. */
  readonly from: string
}

/** A place in a text, for messages: `lsmem.txt:3`. */
export const placeOf = ({ name, firstLine = 1 }: ReportText, line = 1): string =>
  `${name}:${firstLine + line - 1}`

/** A capture that comes into being. */
export class Gathering {
  readonly files: Record<string, string> = {}
  readonly links: Record<string, string> = {}
  readonly unreadable: Unreadable[] = []
  readonly facts: GatheredFact[] = []
  readonly contradictions: string[] = []

  say(fact: string, how: GatheredFact['how'], from: string): void {
    this.facts.push({ fact, how, from })
  }

  contradict(message: string): void {
    this.contradictions.push(message)
  }

  /** A file that no text tells of, and what a twin takes for true instead. */
  miss(path: string, assume: string): void {
    this.unreadable.push({ path, errno: 'ENOENT', assume })
  }

  /** Keeps a text as the kernel's file. @throws HotplugError BAD_ARGUMENT where the kernel does not write such a text */
  keep(path: string, report: ReportText): void {
    const text = report.text.replaceAll('\r', '').replace(/^\n+/, '').trimEnd()
    const whole = text === '' ? '' : `${text}\n`
    const fault = textFault(path, whole)
    if (fault !== undefined) throw unreadableReport(report, fault)
    this.files[path] = whole
  }
}

/** The refusal of a text that is not what it is taken for. */
function unreadableReport(report: ReportText, fault: TextFault): HotplugError {
  const place = placeOf(report, fault.line)
  const message = `${place}: ${fault.message}, as ${fault.file} is read`
  return new HotplugError('BAD_ARGUMENT', 'EINVAL', message, {
    detail: { name: report.name, line: fault.line },
    cause: fault,
  })
}

/** Reads a text. @throws HotplugError BAD_ARGUMENT that names the place */
export function readReport<T>(report: ReportText, read: (text: string) => T): T {
  try {
    return read(report.text)
  } catch (error) {
    if (error instanceof TextFault) throw unreadableReport(report, error)
    throw error
  }
}
