import type { IomemLine } from './iomem'

/** Name of ordinary memory in /proc/iomem and in the firmware map. */
export const SYSTEM_RAM = 'System RAM'

/** A range of physical addresses in bytes, `end` exclusive. */
interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Whether a line names memory that the kernel manages: `System RAM`, or `System RAM (kmem)` of a driver. */
export const isSystemRam = (name: string): boolean =>
  name.startsWith(SYSTEM_RAM) && /^(?: \(.*\))?$/.test(name.slice(SYSTEM_RAM.length))

/** The ranges of System RAM, at any depth, ascending. What is nested in System RAM is a part of it. */
export const systemRamRanges = (lines: readonly IomemLine[]): ByteRange[] =>
  lines.flatMap(({ start, end, name, children }) =>
    isSystemRam(name) ? [{ start, end: end + 1 }] : systemRamRanges(children),
  )

/** Index of the first line that ends at or above `address`. */
export function firstEndingFrom(lines: readonly Pick<IomemLine, 'end'>[], address: number): number {
  let low = 0
  let high = lines.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const line = lines[middle]
    if (line !== undefined && line.end < address) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Bytes of a range that System RAM covers: what the kernel's test for holes compares before it takes memory offline.
 * Source: walk_system_ram_range, kernel/resource.c (Linux 6.1)
 * @param lines ascending and disjoint, as the kernel prints them
 */
export function systemRamBytes(lines: readonly IomemLine[], range: ByteRange): number {
  let bytes = 0
  for (let i = firstEndingFrom(lines, range.start); i < lines.length; i++) {
    const line = lines[i]
    if (line === undefined || line.start >= range.end) break
    bytes += isSystemRam(line.name)
      ? Math.min(line.end + 1, range.end) - Math.max(line.start, range.start)
      : systemRamBytes(line.children, range)
  }
  return bytes
}
