/** What a text of a report is. */
export const REPORT_KINDS = [
  'lsmem',
  'iomem',
  'zoneinfo',
  'buddyinfo',
  'pagetypeinfo',
  'meminfo',
  'cmdline',
  'version',
  'uname',
  'dmesg',
  'numactl',
  'daxctl',
  'memory-devices',
] as const

/** One of `REPORT_KINDS`. `memory-devices` is QMP's answer to `query-memory-devices`. */
export type ReportKind = (typeof REPORT_KINDS)[number]

/** A text of a report, as a person hands it in. Nothing of it is trusted. */
export interface ReportText {
  /** Where it is from, for messages: a file's name. */
  readonly name: string
  readonly text: string
  /** What it is, where that is known better than its content tells. */
  readonly kind?: ReportKind
  /** Line of the file at which it begins, from 1; default 1. */
  readonly firstLine?: number
}

/** How much of a text tells what it is. */
const HEAD = 2 ** 16

/** The first that fits is taken. Each looks for a line that no other text has. */
const MARKS: readonly (readonly [ReportKind, RegExp])[] = [
  ['memory-devices', /"(?:memdev|memaddr|requested-size|hotpluggable)"\s*:/],
  ['daxctl', /"(?:chardev|online_memblocks|total_memblocks)"\s*:/],
  ['lsmem', /"memory"\s*:\s*\[|^\W{0,4}(?:RANGE|BLOCK|SIZE|STATE)(?:[ =]|$)|^Memory block size:/m],
  ['lsmem', /^\W{0,4}0x[0-9a-f]{16}-0x[0-9a-f]{16} /m],
  ['dmesg', /^.{0,80}(?:\] |;)(?:Linux version |BIOS-e820:|Command line: |Memory: \d)/m],
  ['iomem', /^ *[0-9a-f]{8,16}-[0-9a-f]{8,16} : /m],
  ['pagetypeinfo', /^Page block order: /m],
  ['buddyinfo', /^Node \d+, zone +\w+(?: +\d+){8}/m],
  ['zoneinfo', /^Node \d+, zone +\w+ *$/m],
  ['meminfo', /^MemTotal: +\d+ kB$/m],
  ['numactl', /^available: \d+ nodes? \(/m],
  ['version', /^Linux version \d/],
  ['uname', /^Linux \S+ \d+\.\d+\S* #/],
  ['dmesg', /^\[ *\d{1,10}\.\d{6}\] /m],
  ['cmdline', /^(?:BOOT_IMAGE=|root=|ro |console=)/],
]

/** What a text is by its content; undefined where it is nothing that is known. */
export function recogniseReport(text: string): ReportKind | undefined {
  const head = text.slice(0, HEAD)
  return MARKS.find(([, mark]) => mark.test(head))?.[0]
}

/** A line before which another text begins: a prompt with a command, or the name of a file as head(1) and tail(1) print it. */
const BEFORE_ANOTHER =
  /^(?:\S{0,80}[#$>] +(?:sudo +)?(?:cat|lsmem|numactl|daxctl|dmesg|uname|head|tail)\b.{0,200}|==> .{1,200} <==)\s*$/

/** Most parts of a text that are looked at. */
const MOST_PARTS = 1000

/** Cuts a text in which several were pasted, with their prompts. */
export function splitReport({ name, text, kind }: ReportText): readonly ReportText[] {
  if (kind !== undefined) return [{ name, text, kind }]
  const parts: { name: string; firstLine: number; lines: string[] }[] = [
    { name, firstLine: 1, lines: [] },
  ]
  for (const [at, line] of text.split('\n').entries()) {
    if (parts.length < MOST_PARTS && BEFORE_ANOTHER.test(line.slice(0, 400)))
      parts.push({ name, firstLine: at + 2, lines: [] })
    else parts.at(-1)?.lines.push(line)
  }
  return parts
    .map(({ lines, ...part }) => ({ ...part, text: lines.join('\n') }))
    .filter((part) => part.text.trim() !== '')
}
