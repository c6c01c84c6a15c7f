import type { FirmwareDialect, FirmwareRemoval, ListedFirmware } from '@memhp/core/plugin'
import { DIALECTS } from '@memhp/platforms/dialects'
import type { Source } from '../source'
import type { BareBlock, BlockInfo, DeviceInfo } from '../topology'
import { memoryOf } from './memory-of'

/** A write that makes devices go, together or not at all. */
export type Removal = FirmwareRemoval<DeviceInfo>

/** Dialects of the firmware that may be met, in the order in which devices are read and removed. */
export type Dialects = readonly FirmwareDialect[]

/** How the firmware that may be met is listed, in the order in which devices are read. */
export type Listings = readonly ListedFirmware[]

/**
 * Reads the memory devices of every firmware, empty ones included, in the order in which each shows them.
 * @param blocks ascending by id
 */
export async function readDevices(
  source: Source,
  blocks: readonly BareBlock[],
  listings: Listings,
): Promise<readonly DeviceInfo[]> {
  const byId = new Map(blocks.map((block) => [block.id, block]))
  const devices: DeviceInfo[] = []
  for (const { files } of listings) {
    for (const device of await files.read(source, blocks)) {
      const own = device.blocks.flatMap((id) => byId.get(id) ?? [])
      devices.push({ ...device, ...memoryOf(own) })
    }
  }
  return devices
}

/** The blocks with the names of the devices that they belong to. */
export function withDevices(
  blocks: readonly BlockInfo[],
  devices: readonly DeviceInfo[],
): readonly BlockInfo[] {
  if (devices.length === 0) return blocks
  const owners = new Map(devices.flatMap(({ name, blocks: own }) => own.map((id) => [id, name])))
  return blocks.map((block) => {
    const device = block.device ?? owners.get(block.id) ?? null
    return device === block.device ? block : { ...block, device }
  })
}

/**
 * The writes that make devices go, those of one kind of firmware after the other.
 * @param devices in the order in which they are to go
 */
export const removalsOf = (
  devices: readonly DeviceInfo[],
  dialects: Dialects = DIALECTS,
): readonly Removal[] =>
  dialects.flatMap(({ driver, files }) =>
    files.removals(devices.filter((device) => device.driver === driver)),
  )

/** The directory in which the kernel shows a device. */
export const directoryOfDevice = (
  { name, driver }: DeviceInfo,
  dialects: Dialects = DIALECTS,
): string | null =>
  dialects.find((dialect) => dialect.driver === driver)?.files.directoryOf(name) ?? null

/** The index by which a hypervisor knows the device of a name; undefined where it has none. */
function indexOfDevice(name: string | null, dialects: Dialects): number | undefined {
  if (name === null) return undefined
  for (const { files } of dialects) {
    const index = files.indexOf?.(name)
    if (index !== undefined) return index
  }
  return undefined
}

/** What is to be known of devices that come online by themselves when they are added again; undefined where none does. */
export const onlinesByItself = (
  devices: readonly DeviceInfo[],
  dialects: Dialects = DIALECTS,
): string | undefined =>
  dialects.find(
    ({ driver, files }) =>
      files.onlinesByItself !== undefined && devices.some((device) => device.driver === driver),
  )?.files.onlinesByItself

const same = (a: string | null, b: string): boolean => a?.toLowerCase() === b.toLowerCase()

/**
 * Finds devices by what people call them: the name, firmware's own name, or what else their firmware calls one of them
 * or a run, in any case of letters. A mistyped index finds nothing, never another device.
 * @param word a name, an index, or a run of indices
 * @returns empty where nothing, or only a part of a run, is there
 */
export function devicesCalled(
  devices: readonly DeviceInfo[],
  word: string,
  dialects: Dialects = DIALECTS,
): readonly DeviceInfo[] {
  const named = devices.find(({ name, path }) => same(name, word) || same(path, word))
  if (named !== undefined) return [named]
  for (const { driver, files } of dialects) {
    const range = files.indicesCalled?.(word)
    if (range === undefined) continue
    const { first, last } = range
    const found = devices.filter(
      ({ drcIndex, ...device }) =>
        device.driver === driver && drcIndex !== null && first <= drcIndex && drcIndex <= last,
    )
    return found.length === last - first + 1 ? found : []
  }
  return []
}

/** What blocks of one device have in common, and so have devices whose indices follow each other with their blocks. */
export function deviceTrait({ device, id }: BlockInfo, dialects: Dialects = DIALECTS): string {
  const index = indexOfDevice(device, dialects)
  return index === undefined ? (device ?? '') : `run ${index - id}`
}

/** The name of a run of devices, from the first to the last: that of the first where they are one. */
export function nameOfRun(
  { first, last }: { readonly first: string | null; readonly last: string | null },
  dialects: Dialects = DIALECTS,
): string | null {
  const index = indexOfDevice(last, dialects)
  if (first === null || first === last || index === undefined) return first
  const dialect = dialects.find(({ files }) => files.indexOf?.(first) !== undefined)
  return dialect?.files.nameOfRun?.(first, index) ?? first
}
