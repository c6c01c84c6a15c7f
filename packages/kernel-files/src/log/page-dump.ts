import type { LogLine } from './kernel-log'

/** What the kernel wrote of a page that stood in its way. */
export interface PageDump {
  /** Line of its first line in the text, from 1. */
  readonly line: number
  /** Page frame number; undefined in dumps of kernels before 5.0, which do not print it. */
  readonly pfn?: number
  /** Names in `flags`: `reserved`, `slab`, `head`, `lru`. Those of node and zone are left out. */
  readonly flags: readonly string[]
  /** The name of `page_type`: `slab`, `table`, `offline`. Linux 6.10 and later. */
  readonly type?: string
  /** References to it, where they are printed. */
  readonly references?: number
  /** `unmovable page`, `migration failure`, `isolation failed`; undefined where the kernel does not say. */
  readonly because?: string
}

type OpenDump = { -readonly [Part in keyof PageDump]: PageDump[Part] }

/**
 * `page:00000000ba51b4e4 refcount:9 mapcount:0 mapping:… index:0x0 pfn:0x57f00`, before hashes can be made `page:(____ptrval____) …`
 * (6.1), `page: refcount:…` (6.12), `page:… count:…` (3.10).
 */
const HEAD = /^page: ?(?:[\w()]{8,18} )?(?:(?:ref)?count:(-?\d{1,10})|pfn:0x)/
const PFN = / (?:head )?pfn:0x([0-9a-f]{1,13})\b/
/** `flags: 0xfffffc0001000(reserved|node=0|zone=1)`, `page flags: 0x…(…)`, with the name of the mapping before it. */
const FLAGS = /^(?:page )?(?:\w+ )?flags: (?:0x)?[0-9a-f]{1,16}\(([^)]{0,400})\)/
const TYPE = /^page_type: (?:0x)?[0-9a-f]{1,16}\(([^)]{0,100})\)/
const BECAUSE = /^page dumped because: (.{1,200})$/

/** Most lines between the first of a dump and its reason: those of `raw:` and `head:` among them. */
const LONGEST_DUMP = 24

const namesIn = (text: string): readonly string[] =>
  text.split('|').filter((name) => name !== '' && !name.includes('='))

function openDump({ line, text }: LogLine): OpenDump | undefined {
  const [head, count] = HEAD.exec(text) ?? []
  if (head === undefined) return undefined
  const [, pfn] = PFN.exec(text) ?? []
  return {
    line,
    flags: [],
    ...(pfn === undefined ? {} : { pfn: Number.parseInt(pfn, 16) }),
    ...(count === undefined ? {} : { references: Number(count) }),
  }
}

/** Adds what a line says of the dump that is open. @returns whether the dump ends with it */
function addLine(dump: OpenDump, text: string): boolean {
  const [, flags] = FLAGS.exec(text) ?? []
  if (flags !== undefined) dump.flags = namesIn(flags)
  const [, type] = TYPE.exec(text) ?? []
  if (type !== undefined && type !== '') dump.type = type
  const [, because] = BECAUSE.exec(text) ?? []
  if (because === undefined) return false
  dump.because = because.trim()
  return true
}

/** The dumps of pages in a log, in their order. Those that the log cuts off are kept as far as they go, were it the last line alone. */
export function pageDumpsIn(lines: readonly LogLine[]): readonly PageDump[] {
  const dumps: PageDump[] = []
  let open: OpenDump | undefined
  for (const line of lines) {
    const next = openDump(line)
    const isPast = open !== undefined && line.line - open.line > LONGEST_DUMP
    if (open !== undefined && (next !== undefined || isPast)) {
      dumps.push(open)
      open = undefined
    }
    const isCutOff = open === undefined && next === undefined && BECAUSE.test(line.text)
    open = isCutOff ? { line: line.line, flags: [] } : (next ?? open)
    if (open !== undefined && addLine(open, line.text)) {
      dumps.push(open)
      open = undefined
    }
  }
  return open === undefined ? dumps : [...dumps, open]
}
