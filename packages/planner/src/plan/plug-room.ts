import { parseZoneinfo } from '@memhp/kernel-files'
import type { Topology, ZoneInfo } from '@memhp/topology'

/** What one page is described by, on 64-bit kernels as distributions build them. Source: include/linux/mm_types.h, Linux 6.1. */
const STRUCT_PAGE_BYTES = 64

/** Zones out of which the kernel takes no struct pages. */
const NOT_FOR_STRUCT_PAGES: ReadonlySet<string> = new Set(['DMA', 'Movable', 'Device'])

/** Room for what describes memory that is added. */
export interface PlugRoom {
  /** Bytes of struct pages for a byte of memory. */
  readonly costPerByte: number
  /** Bytes that are free in kernel zones above their high watermarks. */
  readonly freeBytes: number
  /** The most that can be added at once, in whole blocks. */
  readonly largestBytes: number
}

type Sizes = Pick<Topology, 'pageBytes' | 'blockBytes'>
type ZoneRoom = Pick<ZoneInfo, 'name' | 'presentPages' | 'freePages'> & {
  readonly watermarks: { readonly high: number } | null
}

/**
 * How much memory can be added at once, so that its struct pages find room; undefined where no file says what is free. Two guests of
 * Linux 6.1 with 512 MiB took 90 % and 97 % of it; one that was given 105 % panicked.
 */
export function plugRoomOf({
  zones,
  ...sizes
}: Sizes & { readonly zones: readonly ZoneRoom[] }): PlugRoom | undefined {
  const able = zones.filter(
    ({ name, presentPages }) => presentPages > 0 && !NOT_FOR_STRUCT_PAGES.has(name),
  )
  if (able.length === 0 || able.some(({ freePages }) => freePages === null)) return undefined
  const free = able.reduce(
    (sum, { freePages, watermarks }) =>
      sum + Math.max(0, (freePages ?? 0) - (watermarks?.high ?? 0)),
    0,
  )
  return plugRoomWith(free * sizes.pageBytes, sizes)
}

/** The same by the bytes that are free. */
export function plugRoomWith(freeBytes: number, { pageBytes, blockBytes }: Sizes): PlugRoom {
  const costPerByte = STRUCT_PAGE_BYTES / pageBytes
  const most = freeBytes / costPerByte
  return { costPerByte, freeBytes, largestBytes: most - (most % blockBytes) }
}

/** The same by a text of /proc/zoneinfo. @throws TextFault */
export const plugRoomIn = (zoneinfo: string, sizes: Sizes): PlugRoom | undefined =>
  plugRoomOf({
    ...sizes,
    zones: parseZoneinfo(zoneinfo).map(({ name, counters }) => ({
      name,
      presentPages: counters.get('present') ?? 0,
      freePages: counters.get('free') ?? null,
      watermarks: { high: counters.get('high') ?? 0 },
    })),
  })
