import { MIB } from '@memhp/core'
import { parseKernelLog } from '@memhp/kernel-files'

/** A range of the firmware's map as the boot log prints it. Bytes, `end` exclusive. */
interface BootRange {
  readonly start: number
  readonly end: number
  /** `usable`, `reserved`, … */
  readonly type: string
}

/** What the log of a boot tells of memory. */
export interface BootReport {
  readonly version?: string
  readonly cmdline?: string
  readonly map: readonly BootRange[]
  /** Of `x86/mm: Memory block size: 2048MB`. */
  readonly blockBytes?: number
}

const MAP = /^BIOS-e820: \[mem 0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\] (.{1,60})$/

const hex = (digits = ''): number => Number.parseInt(digits, 16)

interface OpenReport {
  version?: string
  cmdline?: string
  map: BootRange[]
  blockBytes?: number
}

/** The release in what /proc/version and the first line of a boot's log say; undefined for another text. */
export const releaseIn = (text: string): string | undefined =>
  /^Linux version (\S{1,100})/.exec(text)?.[1]

function addLine(report: OpenReport, text: string): void {
  const version = releaseIn(text)
  if (version !== undefined) report.version ??= version
  const [, cmdline] = /^(?:Kernel command line|Command line): (.{0,4000})$/.exec(text) ?? []
  if (cmdline !== undefined) report.cmdline ??= cmdline
  const [, start, last, type] = MAP.exec(text) ?? []
  if (type !== undefined)
    report.map.push({ start: hex(start), end: hex(last) + 1, type: type.trim() })
  const [, mib] = /Memory block size: (\d{1,7})MB/.exec(text) ?? []
  if (mib !== undefined) report.blockBytes ??= Number(mib) * MIB
}

/** The first log of a boot that prints the firmware's map. */
export const withMap = <Report extends { readonly value: BootReport }>(
  boot: readonly Report[],
): Report | undefined => boot.find(({ value }) => value.map.length > 0)

/** What a kernel's log tells of the memory that it booted with. Of several boots in one log the last is read. */
export function parseBootLog(text: string): BootReport {
  const lines = parseKernelLog(text)
  const boot = lines.findLastIndex((line) => line.text.startsWith('Linux version '))
  const report: OpenReport = { map: [] }
  for (const line of lines.slice(Math.max(0, boot))) addLine(report, line.text)
  return report
}
