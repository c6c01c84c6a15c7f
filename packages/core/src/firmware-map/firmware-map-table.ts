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

/**
 * Boot numbers its entries late in some kernels: what devices brought by then has directories already, and gets others
 * behind those of boot. Quirk: the first ones stay for ever.
 * @param bootCount entries that firmware described
 * Source: firmware_memmap_init, drivers/firmware/memmap.c 3.10; recorded with DIMMs that were there at boot.
 */
export function numberTwice(map: FirmwareMapState, bootCount: number): void {
  const ofBoot = map.entries.slice(0, bootCount)
  const ofDevices = map.entries.slice(bootCount)
  if (ofDevices.length === 0) return
  const all = [
    ...ofDevices.map((entry) => ({ ...entry, isLeftOver: true as const })),
    ...ofBoot,
    ...ofDevices,
  ]
  const numbered = all.map((entry, index) => ({ ...entry, index }))
  map.entries.splice(0, Number.POSITIVE_INFINITY, ...numbered)
  map.nextIndex = numbered.length
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
