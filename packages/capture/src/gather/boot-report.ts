import { parseKernelLog } from '@memhp/kernel-files'

/** A range of the firmware's map as the boot log prints it. Bytes, `end` exclusive. */
interface BootRange {
  readonly line: number
  readonly start: number
  readonly end: number
  /** `usable`, `reserved`, … */
  readonly type: string
}

/** Memory of a node as firmware (SRAT) or the kernel tells it at boot. Bytes, `end` exclusive. */
interface BootNodeRange {
  readonly line: number
  readonly node: number
  readonly start: number
  readonly end: number
  /** Firmware says that it may be plugged later. */
  readonly hotplug: boolean
}

/** What the log of a boot tells of memory. */
export interface BootReport {
  readonly version?: string
  readonly cmdline?: string
  readonly map: readonly BootRange[]
  /** Of SRAT: what may be there, as firmware says. */
  readonly srat: readonly BootNodeRange[]
  /** Of `Early memory node ranges`: the memory at boot. */
  readonly nodes: readonly BootNodeRange[]
  /** Of the line `Memory: 993672K/1048056K available`. */
  readonly memoryKib?: { readonly available: number; readonly total: number }
  /** Of `x86/mm: Memory block size: 2048MB`. */
  readonly blockBytes?: number
}

const MAP = /^BIOS-e820: \[mem 0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\] (.{1,60})$/
const SRAT =
  /^(?:ACPI: )?SRAT: Node (\d{1,5}) PXM \d{1,9} \[mem 0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\](.{0,60})$/
const NODE = /^ {1,4}node +(\d{1,5}): \[mem 0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\]$/
const MIB = 2 ** 20

const hex = (digits = ''): number => Number.parseInt(digits, 16)
const nodeRange = (
  [node, start, last]: readonly (string | undefined)[],
  rest: Pick<BootNodeRange, 'line' | 'hotplug'>,
): BootNodeRange => ({ node: Number(node), start: hex(start), end: hex(last) + 1, ...rest })

interface OpenReport {
  version?: string
  cmdline?: string
  map: BootRange[]
  srat: BootNodeRange[]
  nodes: BootNodeRange[]
  memoryKib?: { readonly available: number; readonly total: number }
  blockBytes?: number
}

function addLine(report: OpenReport, text: string, line: number): void {
  const [, version] = /^Linux version (\S{1,100})/.exec(text) ?? []
  if (version !== undefined) report.version ??= version
  const [, cmdline] = /^(?:Kernel command line|Command line): (.{0,4000})$/.exec(text) ?? []
  if (cmdline !== undefined) report.cmdline ??= cmdline
  const [, start, last, type] = MAP.exec(text) ?? []
  if (type !== undefined)
    report.map.push({ line, start: hex(start), end: hex(last) + 1, type: type.trim() })
  const [, ...srat] = SRAT.exec(text) ?? []
  if (srat.length > 0)
    report.srat.push(nodeRange(srat, { line, hotplug: /hotplug/.test(srat[3] ?? '') }))
  const [, ...node] = NODE.exec(text) ?? []
  if (node.length > 0) report.nodes.push(nodeRange(node, { line, hotplug: false }))
  const [, available, total] = /^Memory: (\d{1,15})[kK]\/(\d{1,15})[kK] available/.exec(text) ?? []
  if (available !== undefined && total !== undefined)
    report.memoryKib ??= { available: Number(available), total: Number(total) }
  const [, mib] = /Memory block size: (\d{1,7})MB/.exec(text) ?? []
  if (mib !== undefined) report.blockBytes ??= Number(mib) * MIB
}

/** What a kernel's log tells of the memory that it booted with. Of several boots in one log the last is read. */
export function parseBootLog(text: string): BootReport {
  const lines = parseKernelLog(text)
  const boot = lines.findLastIndex((line) => line.text.startsWith('Linux version '))
  const report: OpenReport = { map: [], srat: [], nodes: [] }
  for (const { text: words, line } of lines.slice(Math.max(0, boot))) addLine(report, words, line)
  return report
}
