import type { FirmwareMapState } from '../model/firmware-map'

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
