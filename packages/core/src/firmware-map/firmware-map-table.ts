import type { Range } from '../address/range'
import type { FirmwareMapEntry, FirmwareMapState } from '../model/firmware-map'

/** Adds an entry under the next number; an identical one already there is left alone. @param range bytes, end exclusive */
export function addFirmwareMapEntry(
  map: FirmwareMapState,
  added: { readonly range: Range; readonly type: string },
): void {
  if (findEntry(map, added) !== -1) return
  map.entries.push({
    index: map.nextIndex,
    start: added.range.start,
    end: added.range.end - 1,
    type: added.type,
  })
  map.nextIndex += 1
}

/** Removes the entry whose range and type match exactly. @returns whether there was one */
export function removeFirmwareMapEntry(
  map: FirmwareMapState,
  removed: { readonly range: Range; readonly type: string },
): boolean {
  const index = findEntry(map, removed)
  if (index === -1) return false
  map.entries.splice(index, 1)
  return true
}

/** The entry of a directory number, undefined where there is none. */
export function firmwareMapEntry(
  map: FirmwareMapState,
  index: number,
): FirmwareMapEntry | undefined {
  return map.entries.find((entry) => entry.index === index)
}

function findEntry(
  map: FirmwareMapState,
  wanted: { readonly range: Range; readonly type: string },
): number {
  return map.entries.findIndex(
    (entry) =>
      entry.isLeftOver !== true &&
      entry.start === wanted.range.start &&
      entry.end === wanted.range.end - 1 &&
      entry.type === wanted.type,
  )
}
