import { ERRNO, type Errno, type Range } from '@memhp/core'
import { type LogLine, type PageDump, pageDumpsIn } from '@memhp/kernel-files'
import type { ReasonKind } from '../predict/reason'
import { LOG_PATTERNS } from './log-patterns'

/** Something that the kernel's log says of memory that comes, goes or fails. */
export interface LogFact {
  /** Line of the text, from 1. */
  readonly line: number
  readonly text: string
  /** What it means, as a sentence. */
  readonly says: string
  /** Null where it gives no reason. */
  readonly kind: ReasonKind | null
  readonly errno: Errno | null
  /** What it is about, as far as it says. Bytes, `end` exclusive. */
  readonly range: Range | null
  readonly pfn: number | null
  readonly block: number | null
  readonly device: string | null
}

const ERRNO_NAMES = new Map<number, Errno>(
  Object.entries(ERRNO).map(([name, number]) => [number, name as Errno]),
)

/** The errno of a number, whatever its sign; undefined for a number that is not one. */
export const errnoOfNumber = (number: number): Errno | undefined =>
  ERRNO_NAMES.get(Math.abs(number))

const hex = (digits: string | undefined): number | null =>
  digits === undefined ? null : Number.parseInt(digits, 16)

/** Reasons of failed migrations by errno: without memory to move to it is room that is missing. */
const MIGRATION_KINDS: Readonly<Partial<Record<Errno, ReasonKind>>> = { ENOMEM: 'no-room' }

function factOf({ line, text }: LogLine): LogFact | undefined {
  for (const { pattern, kind, says } of LOG_PATTERNS) {
    const found = pattern.exec(text)
    if (found === null) continue
    const { at, start = at, last = at, pfn, block, device, errno: number } = found.groups ?? {}
    const errno = number === undefined ? undefined : errnoOfNumber(Number(number))
    const [from, to] = [hex(start), hex(last)]
    const byErrno = kind === 'by errno' ? (MIGRATION_KINDS[errno ?? 'EBUSY'] ?? 'pinned') : kind
    return {
      line,
      text,
      says,
      kind: byErrno ?? null,
      errno: errno ?? null,
      range: from === null || to === null ? null : { start: from, end: to + 1 },
      pfn: hex(pfn),
      block: block === undefined ? null : Number(block),
      device: device ?? null,
    }
  }
  return undefined
}

/** Whether the log begins in the midst of a dump, with its last line. */
const isCutOff = ({ pfn, references }: PageDump): boolean =>
  pfn === undefined && references === undefined

/** What the dump of a page says of the reason: its flags, and what the kernel wanted of it. */
export function reasonOfDump(dump: PageDump): {
  readonly kind: ReasonKind
  readonly what: string
} {
  const { flags, type, because } = dump
  const has = (name: string): boolean => flags.includes(name) || type === name
  if (has('reserved')) return { kind: 'reserved-at-boot', what: 'a page reserved at boot' }
  if (has('slab')) return { kind: 'kernel-memory', what: 'a slab page' }
  if (has('table') || has('pgtable')) return { kind: 'page-table', what: 'a page of a page table' }
  if (has('offline')) return { kind: 'withheld', what: 'a page that a driver keeps offline' }
  if (has('hugetlb')) return { kind: 'huge-pages', what: 'a huge page' }
  if (because === 'migration failure' || because === 'isolation failed')
    return { kind: 'pinned', what: `a page that did not move (${because})` }
  const what = isCutOff(dump)
    ? 'a page that neither moves nor goes'
    : 'a page of the kernel’s own without a flag'
  return { kind: 'kernel-memory', what }
}

function factOfDump(dump: PageDump): LogFact {
  const { line, pfn, flags, type, references } = dump
  const { kind, what } = reasonOfDump(dump)
  const named = [...flags, ...(type === undefined ? [] : [type])].join(', ') || 'none'
  const count = references === undefined ? '' : `, references ${references}`
  return {
    line,
    text: isCutOff(dump)
      ? `page dumped because: ${dump.because}`
      : `page dump: flags ${named}${count}`,
    says: `It was ${what}.`,
    kind,
    errno: null,
    range: null,
    pfn: pfn ?? null,
    block: null,
    device: null,
  }
}

/** Lines between a migration that failed and the dump of its page. */
const NEAR = 3

/** The dump of a page that did not move follows the line that says with which errno: that line knows better why. */
const isTold = (dump: PageDump, facts: readonly LogFact[]): boolean =>
  facts.some(
    ({ pfn, line }) =>
      pfn !== null && pfn === dump.pfn && line <= dump.line && dump.line - line <= NEAR,
  )

/** What a log says of memory that comes, goes or fails, in its order. */
export function logFactsIn(lines: readonly LogLine[]): readonly LogFact[] {
  const facts = lines.flatMap((line) => factOf(line) ?? [])
  const dumps = pageDumpsIn(lines).filter((dump) => !isTold(dump, facts))
  return [...facts, ...dumps.map(factOfDump)].sort((a, b) => a.line - b.line)
}
