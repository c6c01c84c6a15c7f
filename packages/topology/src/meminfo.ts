import { kilobytesOf, type Meminfo, parseMeminfo } from '@memhp/kernel-files'
import type { Source } from './source'

/** Reads /proc/meminfo, or a node's. Empty, and a note, where it is missing or damaged. */
export async function readMeminfo(
  source: Source,
  place: { readonly path: string; readonly meaning: string },
): Promise<Meminfo> {
  const text = await source.text(place.path, place.meaning)
  return source.parsed(place, () => parseMeminfo(text ?? '')) ?? new Map()
}

/** A counter in bytes; undefined where the text has none of that name. */
export function bytesOf(meminfo: Meminfo, name: string): number | undefined {
  const kilobytes = kilobytesOf(meminfo, name)
  return kilobytes === undefined ? undefined : kilobytes * 1024
}
