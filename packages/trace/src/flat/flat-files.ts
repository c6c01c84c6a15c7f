import {
  formatIomem,
  formatMeminfo,
  formatNumberList,
  type IomemLine,
  type Meminfo,
  MOST_NODES,
  NODE_DIRECTORY,
  nodeFile,
  parseHex,
  parseIomem,
  parseNumberList,
} from '@memhp/kernel-files'
import { acpiDirectories } from './acpi-directory'
import { withCrashKernel } from './crash-kernel'
import { type FlatZones, flatZones, pagesOf, zoneinfoText } from './zoneinfo-text'

/** A recorded run, as far as its start goes. */
export interface FlatTrace {
  /** `x86_64`, `ppc64le-radix`, `ppc64le-hash`, `arm64`: `recordedArch`. */
  readonly arch: string
  /** What `uname -r` printed. */
  readonly kernel: string
  readonly machine?: {
    readonly cmdline?: string
    readonly cpus?: number
    /** Pages of zones, as `1/DMA`, that are set aside for contiguous allocation. */
    readonly cma?: Readonly<Record<string, number>>
  }
  /** The flat view before the first step. */
  readonly boot: Readonly<Record<string, string>>
}

/** Files and links, while they are being put together. */
interface Draft {
  readonly files: Record<string, string>
  readonly links: Record<string, string>
  readonly modes: Record<string, string>
}

const ACPI = '/sys/bus/acpi/devices/'
const NODE_MEMINFO = /^\/sys\/devices\/system\/node\/node(\d+)\/meminfo#(\w+)$/
const WRITABLE = /\/(?:state|online|auto_online_blocks)$/

function addPlainKeys(draft: Draft, boot: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(boot)) {
    if (key.includes('#') || key.startsWith(ACPI)) continue
    if (value.startsWith('-> ')) draft.links[key] = value.slice(3)
    else if (value === 'link')
      draft.links[key] = `../../memory/${key.slice(key.lastIndexOf('/') + 1)}`
    else draft.files[key] = `${value}\n`
    if (key.startsWith('/sys/devices/system/memory/') && WRITABLE.test(key)) {
      draft.modes[key] = '644'
    }
  }
}

function addAcpi(draft: Draft, trace: FlatTrace): void {
  const { boot } = trace
  const directories = new Map<string, string>()
  const directoryOf = acpiDirectories(trace)
  for (const [key, value] of Object.entries(boot)) {
    if (!key.startsWith(ACPI)) continue
    const [name = '', file = ''] = key.slice(ACPI.length).split('/')
    const directory = directories.get(name) ?? `/sys/devices/${directoryOf(name)}`
    directories.set(name, directory)
    if (value.startsWith('-> ')) draft.links[`${directory}/${file}`] = value.slice(3)
    else draft.files[`${directory}/${file}`] = `${value}\n`
  }
  for (const [name, directory] of directories) {
    draft.links[ACPI + name] = `../../..${directory.slice('/sys'.length)}`
    draft.files[`${directory}/hid`] = 'PNP0C80\n'
    draft.modes[`${directory}/eject`] = '200'
  }
  if (directories.size === 0) return
  draft.files['/sys/firmware/acpi/hotplug/memory/enabled'] = '1\n'
  draft.modes['/sys/firmware/acpi/hotplug/memory/enabled'] = '644'
}

/** What firmware lists as reserved has a line of /proc/iomem, too, which a flat view leaves out. */
function addReserved({ files }: Draft, boot: Readonly<Record<string, string>>): void {
  const lines = parseIomem(files['/proc/iomem'] ?? '')
  const isApart = ({ start, end }: IomemLine): boolean =>
    lines.every((line) => line.end < start || end < line.start)
  const reserved = Object.entries(boot).flatMap(([key, type]): IomemLine[] => {
    const directory = /^(.*\/memmap\/\d+)\/type$/.exec(key)?.[1]
    if (directory === undefined || type.toLowerCase() !== 'reserved') return []
    const [start, end] = [boot[`${directory}/start`], boot[`${directory}/end`]]
    if (start === undefined || end === undefined) return []
    return [{ start: parseHex(start), end: parseHex(end), name: type, children: [] }]
  })
  const all = [...lines, ...reserved.filter(isApart)].sort((a, b) => a.start - b.start)
  files['/proc/iomem'] = formatIomem(all)
}

/** What the command line keeps for a crash kernel has a line of /proc/iomem, too. */
function addCrashKernel(
  { files }: Draft,
  { machine }: FlatTrace,
  { zones, meminfo }: { readonly zones: FlatZones; readonly meminfo: NodeMeminfo },
): void {
  let unmanagedBytes = 0
  for (const [node, own] of zones) {
    const managed = pagesOf(own, 'managed')
    const kilobytes = meminfo.get(node)?.get('MemTotal') ?? 0
    const unmanaged = pagesOf(own, 'present') - managed
    if (managed > 0) unmanagedBytes += unmanaged * Math.round(kilobytes / managed) * 1024
  }
  const known = { cmdline: machine?.cmdline ?? '', unmanagedBytes }
  files['/proc/iomem'] = formatIomem(withCrashKernel(parseIomem(files['/proc/iomem'] ?? ''), known))
}

type NodeMeminfo = ReadonlyMap<number, ReadonlyMap<string, number>>

/** Kilobytes of the named lines of each node's meminfo. */
function nodeMeminfo(boot: Readonly<Record<string, string>>): Map<number, Map<string, number>> {
  const nodes = new Map<number, Map<string, number>>()
  for (const [key, value] of Object.entries(boot)) {
    const [, node, name] = NODE_MEMINFO.exec(key) ?? []
    if (node === undefined || name === undefined) continue
    const lines = nodes.get(Number(node)) ?? new Map<string, number>()
    nodes.set(Number(node), lines.set(name, Number.parseInt(value, 10)))
  }
  return nodes
}

const asMeminfo = (kilobytes: Iterable<readonly [string, number]>): Meminfo =>
  new Map(Array.from(kilobytes, ([name, value]) => [name, { value, unit: 'kB' }]))

function addMeminfo(draft: Draft, trace: FlatTrace): Map<number, Map<string, number>> {
  const nodes = nodeMeminfo(trace.boot)
  const totals = new Map<string, number>()
  for (const [node, lines] of nodes) {
    const shown = ['MemTotal', 'MemFree'].flatMap((name) => {
      const kilobytes = lines.get(name)
      return kilobytes === undefined ? [] : [[name, kilobytes] as const]
    })
    for (const [name, kilobytes] of shown) totals.set(name, (totals.get(name) ?? 0) + kilobytes)
    draft.files[nodeFile(node, 'meminfo')] = formatMeminfo(asMeminfo(shown), node)
  }
  for (const [key, value] of Object.entries(trace.boot)) {
    const name = /^\/proc\/meminfo#(\w+)$/.exec(key)?.[1]
    if (name !== undefined) totals.set(name, Number.parseInt(value, 10))
  }
  draft.files['/proc/meminfo'] = formatMeminfo(asMeminfo(totals))
  return nodes
}

function freePages(zones: FlatZones, meminfo: NodeMeminfo): Map<number, number> {
  const pages = new Map<number, number>()
  for (const [node, own] of zones) if (!meminfo.has(node)) pages.set(node, pagesOf(own, 'managed'))
  for (const [node, lines] of meminfo) {
    const managed = pagesOf(zones.get(node) ?? new Map(), 'managed')
    const total = lines.get('MemTotal') ?? 0
    if (managed > 0) {
      pages.set(node, Math.round((lines.get('MemFree') ?? 0) / (total / managed)))
    }
  }
  return pages
}

/** The CPUs go round the nodes that have any: a flat view does not say which is where. */
function addCpuLists(draft: Draft, trace: FlatTrace): void {
  const online = parseNumberList(trace.boot[`${NODE_DIRECTORY}/online`] ?? '', MOST_NODES)
  const hasCpu = trace.boot[`${NODE_DIRECTORY}/has_cpu`]
  const withCpus = hasCpu === undefined ? online : parseNumberList(hasCpu, MOST_NODES)
  const cpus = Math.max(trace.machine?.cpus ?? 0, withCpus.length)
  for (const node of online) {
    const place = withCpus.indexOf(node)
    const own =
      place < 0 ? [] : [...Array(cpus).keys()].filter((cpu) => cpu % withCpus.length === place)
    draft.files[nodeFile(node, 'cpulist')] = `${formatNumberList(own)}\n`
  }
}

/** Files and links as the kernel has them, by path: what a flat view implies. */
export interface FlatFiles {
  /** Texts by path. */
  readonly files: Readonly<Record<string, string>>
  /** Targets by path. */
  readonly links: Readonly<Record<string, string>>
  /** Modes in octal, of files that can be written. */
  readonly modes: Readonly<Record<string, string>>
  /** Directories that may be empty. */
  readonly directories: readonly string[]
}

/**
 * The files that a flat view implies, in the kernel's own form. What the flat view does not know is left out, except:
 * free pages fill a node's zones from the lowest up, all of a node of which no number is known are free, CPUs go round the nodes that have any, and every ACPI memory device
 * can be ejected.
 */
export function flatFiles(trace: FlatTrace): FlatFiles {
  const draft: Draft = { files: {}, links: {}, modes: {} }
  const mayHaveAcpi =
    trace.arch === 'x86_64' && !Object.keys(trace.boot).some((key) => key.startsWith(ACPI))
  addPlainKeys(draft, trace.boot)
  addAcpi(draft, trace)
  addCpuLists(draft, trace)
  const meminfo = addMeminfo(draft, trace)
  addReserved(draft, trace.boot)
  const zones = flatZones(trace.boot)
  addCrashKernel(draft, trace, { zones, meminfo })
  draft.files['/proc/zoneinfo'] = zoneinfoText(zones, freePages(zones, meminfo), trace.machine?.cma)
  draft.files['/proc/version'] = `Linux version ${trace.kernel}\n`
  if (trace.machine?.cmdline !== undefined) {
    draft.files['/proc/cmdline'] = `${trace.machine.cmdline}\n`
  }
  return { ...draft, directories: mayHaveAcpi ? [ACPI.slice(0, -1)] : [] }
}
