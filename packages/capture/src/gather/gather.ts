import { HotplugError } from '@memhp/core'
import {
  firmwareMapEntry,
  formatHex,
  isMaskedIomem,
  parseIomem,
  systemRamRanges,
} from '@memhp/kernel-files'
import { ASSUMPTIONS, assumptionFor } from '../collect/assumption'
import { CAPTURE_FORMAT, CAPTURE_VERSION, type Capture } from '../format'
import { checkCapture } from '../parse'
import { orderParts } from '../serialise'
import {
  type BlockSources,
  gatherBlockBytes,
  gatherBlocks,
  type Read,
  writeBlocks,
} from './block-facts'
import { type BootReport, parseBootLog, releaseIn, withMap } from './boot-report'
import { compareFacts } from './compare-facts'
import { parseDaxctl, parseMemoryDevices } from './device-report'
import { type GatheredFact, Gathering, placeOf, readReport } from './gathering'
import { parseLsmem } from './lsmem-report'
import { gatherNodes } from './node-facts'
import { parseNumactl } from './node-report'
import { type ReportKind, type ReportText, recogniseReport, splitReport } from './report-kind'

/** How texts are gathered. */
export interface GatherOptions {
  /** Name and version of what gathers. */
  readonly tool: string
  /** What `uname -m` prints there, if no text says it. */
  readonly arch?: string
  /** Bytes of a memory block, if no text says it. */
  readonly blockBytes?: number
  /** UTC, as in `2026-11-22T21:47:00Z`. */
  readonly takenAt?: string
}

/** A capture, and what its facts rest on. */
export interface GatheredCapture {
  readonly capture: Capture
  readonly facts: readonly GatheredFact[]
  /** What texts contradict each other in, with their places, as clauses. */
  readonly contradictions: readonly string[]
}

type Reports = ReadonlyMap<ReportKind, readonly ReportText[]>

function unknownReport(report: ReportText): HotplugError {
  const message = `${placeOf(report)}: not a text that is known`
  return new HotplugError('BAD_ARGUMENT', 'EINVAL', message, {
    detail: { name: report.name, option: 'kind' },
  })
}

function sortReports(texts: readonly ReportText[]): Reports {
  const reports = new Map<ReportKind, ReportText[]>()
  for (const text of texts) {
    for (const part of splitReport(text)) {
      const kind = part.kind ?? recogniseReport(part.text)
      if (kind === undefined) throw unknownReport(part)
      const before = reports.get(kind)
      if (before === undefined) reports.set(kind, [part])
      else before.push(part)
    }
  }
  return reports
}

const readAll = <T>(
  reports: Reports,
  kind: ReportKind,
  read: (text: string) => T,
): readonly Read<T>[] =>
  (reports.get(kind) ?? []).map((report) => ({ report, value: readReport(report, read) }))

/** Files that are kept as they are, and what is missing without them. */
const KEPT: readonly (readonly [ReportKind, string, string])[] = [
  ['zoneinfo', '/proc/zoneinfo', 'zones, and what is free in them'],
  ['meminfo', '/proc/meminfo', 'totals of memory'],
  ['buddyinfo', '/proc/buddyinfo', 'free chunks'],
  ['pagetypeinfo', '/proc/pagetypeinfo', 'pageblocks by mobility'],
]

function keepFiles(gathering: Gathering, reports: Reports): void {
  for (const [kind, path, fact] of KEPT) {
    const [report, other] = reports.get(kind) ?? []
    if (report === undefined) {
      gathering.say(fact, 'unknown', `${path} would tell`)
      continue
    }
    gathering.keep(path, report)
    gathering.say(fact, 'known', placeOf(report))
    if (other !== undefined && other.text.trim() !== report.text.trim())
      gathering.contradict(
        `${placeOf(report)} and ${placeOf(other)} differ, and both are ${path}: the first is kept`,
      )
  }
}

/** Keeps /proc/iomem, unless its addresses are hidden. @returns System RAM in it */
function keepIomem(gathering: Gathering, reports: Reports): BlockSources['ram'] {
  const [report] = reports.get('iomem') ?? []
  const isMasked = report !== undefined && isMaskedIomem(report.text.trim())
  if (report === undefined || isMasked) {
    const why = isMasked ? `its addresses are hidden in ${placeOf(report)}` : 'it is missing'
    gathering.say(
      'holes, kernel and crash kernel (/proc/iomem)',
      'unknown',
      `${why}; root’s would tell`,
    )
    gathering.unreadable.push({
      path: '/proc/iomem',
      errno: isMasked ? 'EPERM' : 'ENOENT',
      assume: assumptionFor('/proc/iomem', ASSUMPTIONS),
    })
    return undefined
  }
  gathering.keep('/proc/iomem', report)
  gathering.say('holes, kernel and crash kernel (/proc/iomem)', 'known', placeOf(report))
  const lines = parseIomem(gathering.files['/proc/iomem'] ?? '')
  return { ranges: systemRamRanges(lines), place: report.name }
}

/** What /sys/firmware/memmap calls what the boot log calls so. Source: arch/x86/kernel/e820.c, Linux 6.1 */
const MAP_TYPES: readonly (readonly [RegExp, string])[] = [
  [/^usable/, 'System RAM'],
  [/^ACPI data/, 'ACPI Tables'],
  [/^ACPI NVS/, 'ACPI Non-volatile Storage'],
  [/^soft reserved/i, 'Soft Reserved'],
  [/^persistent/, 'Persistent Memory'],
]

function keepMap(gathering: Gathering, boot: readonly Read<BootReport>[]): void {
  const found = withMap(boot)
  if (found === undefined) return
  const { report, value } = found
  gathering.say('firmware’s map', 'known', report.name)
  for (const [index, { start, end, type }] of value.map.entries()) {
    if (!Number.isSafeInteger(end)) continue
    const directory = firmwareMapEntry(index)
    gathering.files[`${directory}/start`] = `${formatHex(start)}\n`
    gathering.files[`${directory}/end`] = `${formatHex(end - 1)}\n`
    const name = MAP_TYPES.find(([pattern]) => pattern.test(type))?.[1] ?? 'Reserved'
    gathering.files[`${directory}/type`] = `${name}\n`
  }
}

/** Where texts name the release of the kernel. */
function releasesIn(
  reports: Reports,
  boot: readonly Read<BootReport>[],
): ReadonlyMap<string, string> {
  const releases = new Map<string, string>()
  const add = (report: ReportText, release: string | undefined): void => {
    if (release !== undefined) releases.set(placeOf(report), release)
  }
  for (const report of reports.get('version') ?? []) add(report, releaseIn(report.text.trim()))
  for (const report of reports.get('uname') ?? [])
    add(report, /^Linux \S{1,100} (\S{1,100})/.exec(report.text.trim())?.[1])
  for (const { report, value } of boot) add(report, value.version)
  return releases
}

/** The architecture, and where it is from. */
function gatherArch(
  gathering: Gathering,
  {
    reports,
    given,
    boot,
  }: { reports: Reports; given: string | undefined; boot: readonly Read<BootReport>[] },
): string {
  for (const report of reports.get('uname') ?? []) {
    const [, machine] =
      /(?:^| )(\w{3,16})(?: unknown)?(?: GNU\/Linux)?$/.exec(report.text.trim()) ?? []
    if (machine !== undefined && given === undefined) {
      gathering.say('architecture', 'known', placeOf(report))
      return machine
    }
  }
  if (given !== undefined) {
    gathering.say('architecture', 'known', 'the command line')
    return given
  }
  const map = withMap(boot)
  if (map === undefined)
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', 'no text says the architecture', {
      detail: { option: 'arch' },
    })
  gathering.say('architecture', 'derived', `${map.report.name} has a map of e820`)
  return 'x86_64'
}

function keepCommandLine(
  gathering: Gathering,
  reports: Reports,
  boot: readonly Read<BootReport>[],
): void {
  const [file] = reports.get('cmdline') ?? []
  const [logged] = boot.filter(({ value }) => value.cmdline !== undefined)
  if (file !== undefined) {
    gathering.keep('/proc/cmdline', file)
    gathering.say('command line', 'known', placeOf(file))
  } else if (logged?.value.cmdline !== undefined) {
    gathering.files['/proc/cmdline'] = `${logged.value.cmdline}\n`
    gathering.say('command line', 'known', logged.report.name)
  } else gathering.say('command line', 'unknown', '/proc/cmdline or a boot log would tell')
  const own = gathering.files['/proc/cmdline']?.trim()
  const other = logged?.value.cmdline?.trim()
  if (file !== undefined && logged !== undefined && own !== other)
    gathering.contradict(
      `the command line of ${placeOf(file)} is not that of ${logged.report.name}: another boot`,
    )
}

/** What of the capture is told to whoever reads it. */
const notesOf = ({ facts, contradictions }: Gathering): string =>
  [
    'Gathered from texts of a report.',
    ...facts.map(({ fact, how, from }) => `${fact}: ${how} (${from})`),
    ...contradictions.map((message) => `contradiction: ${message}`),
    '',
  ].join('\n')

/**
 * Joins texts of a report into one capture, which says for each fact where it is from. What no text tells is left out and noted:
 * unknown is not none.
 * @throws HotplugError BAD_ARGUMENT, with the place, for a text that is not known or not what it seems, where no text tells which
 *   memory there is (`option: 'from'`) or the architecture (`option: 'arch'`); BAD_CAPTURE
 */
export function gatherCapture(
  texts: readonly ReportText[],
  options: GatherOptions,
): GatheredCapture {
  const reports = sortReports(texts)
  const gathering = new Gathering()
  const lsmem = readAll(reports, 'lsmem', parseLsmem)
  const boot = readAll(reports, 'dmesg', parseBootLog)
  const arch = gatherArch(gathering, { reports, given: options.arch, boot })
  const releases = releasesIn(reports, boot)
  const [place, release] = [...releases][0] ?? []
  gathering.say(
    'kernel',
    release === undefined ? 'unknown' : 'known',
    place ?? '/proc/version, uname -a or a boot log would tell',
  )
  keepFiles(gathering, reports)
  keepCommandLine(gathering, reports, boot)
  const ram = keepIomem(gathering, reports)
  keepMap(gathering, boot)
  const sources = { lsmem, boot, ram, blockBytes: options.blockBytes }
  const blockBytes = gatherBlockBytes(gathering, sources)
  const blocks = gatherBlocks(gathering, sources, blockBytes)
  writeBlocks(gathering, blocks)
  gatherNodes(gathering, { numactl: readAll(reports, 'numactl', parseNumactl), blocks })
  const devices = readAll(reports, 'memory-devices', parseMemoryDevices)
  const dax = readAll(reports, 'daxctl', parseDaxctl)
  sayOfDevices(gathering, { devices, dax })
  gathering.say('page use', 'unknown', 'memhp capture as root would tell')
  compareFacts(gathering, { blocks, blockBytes, ram, devices, dax, releases })
  const { facts, contradictions } = gathering
  const capture = captureOf(gathering, { arch, release, options })
  return { capture, facts, contradictions }
}

function sayOfDevices(
  gathering: Gathering,
  { devices, dax }: { devices: readonly Read<unknown>[]; dax: readonly Read<unknown>[] },
): void {
  const names = [...devices, ...dax].map(({ report }) => report.name)
  gathering.say(
    'memory devices',
    'unknown',
    names.length === 0
      ? 'what firmware calls them; /sys/bus would tell'
      : `what firmware calls them; ${names.join(', ')} was held against the blocks`,
  )
}

function captureOf(
  gathering: Gathering,
  { arch, release, options }: { arch: string; release: string | undefined; options: GatherOptions },
): Capture {
  const { files, links, unreadable } = gathering
  const capture = orderParts({
    format: CAPTURE_FORMAT,
    version: CAPTURE_VERSION,
    ...(options.takenAt === undefined ? {} : { takenAt: options.takenAt }),
    tool: options.tool,
    arch,
    kernelRelease: release ?? 'unknown',
    notes: notesOf(gathering),
    files,
    links,
    directories: [],
    modes: {},
    unreadable,
    redacted: [],
  })
  return checkCapture(capture, { texts: { firmware: [] } })
}
