import type { Source } from '../source'
import type { BlockInfo, DeviceInfo } from '../topology'
import { ACPI } from './acpi'
import type { FirmwareInterface, Removal } from './firmware-interface'
import { drcIndexOf, lmbName, PSERIES } from './pseries'

/** Every kind of firmware whose devices this release reads. */
const INTERFACES: readonly FirmwareInterface[] = [ACPI, PSERIES]

/**
 * Reads the memory devices, empty ones included: ACPI devices by name, LMBs in the order of the device tree.
 * @param blocks ascending by id
 */
export async function readDevices(
  source: Source,
  blocks: readonly BlockInfo[],
): Promise<readonly DeviceInfo[]> {
  const devices: DeviceInfo[] = []
  for (const each of INTERFACES) devices.push(...(await each.read(source, blocks)))
  return devices
}

/** The blocks with the names of the devices that they belong to. */
export function withDevices(
  blocks: readonly BlockInfo[],
  devices: readonly DeviceInfo[],
): readonly BlockInfo[] {
  const owners = new Map(devices.flatMap(({ name, blocks: own }) => own.map((id) => [id, name])))
  return blocks.map((block) => ({ ...block, device: block.device ?? owners.get(block.id) ?? null }))
}

/**
 * The writes that make devices go, those of one kind of firmware after the other.
 * @param devices in the order in which they are to go
 */
export const removalsOf = (devices: readonly DeviceInfo[]): readonly Removal[] =>
  INTERFACES.flatMap((each) =>
    each.removals(devices.filter(({ driver }) => driver === each.driver)),
  )

/** The directory in which the kernel shows a device. */
export const directoryOfDevice = (device: DeviceInfo): string | null =>
  INTERFACES.find(({ driver }) => driver === device.driver)?.directoryOf(device) ?? null

const same = (a: string | null, b: string): boolean => a?.toLowerCase() === b.toLowerCase()

/**
 * Finds devices by what people call them: the name, firmware's own name (`LMB 4`), the DRC index (`0x80000004`) or a
 * range of them (`0x80000004-0x80000007`), in any case of letters. A mistyped index finds nothing, never another LMB.
 * @returns empty where nothing, or only a part of a range, is there
 */
export function devicesCalled(devices: readonly DeviceInfo[], word: string): readonly DeviceInfo[] {
  const match = /^(?:0x|lmb@)([0-9a-f]{1,8})-(?:0x)?([0-9a-f]{1,8})$/i.exec(word)
  if (match === null) {
    const index = /^0x[0-9a-f]{1,8}$/i.test(word) ? Number(word) : undefined
    const found = devices.find(
      ({ name, path, drcIndex }) =>
        same(name, word) || same(path, word) || (index !== undefined && drcIndex === index),
    )
    return found === undefined ? [] : [found]
  }
  const [first = 0, last = 0] = match.slice(1).map((digits) => Number.parseInt(digits, 16))
  const found = devices.filter(
    ({ drcIndex }) => drcIndex !== null && first <= drcIndex && drcIndex <= last,
  )
  return found.length === last - first + 1 ? found : []
}

/** What blocks of one device have in common, and so have LMBs whose DRC indices follow each other with their blocks. */
export function deviceTrait({ device, id }: BlockInfo): string {
  const index = drcIndexOf(device)
  return index === undefined ? (device ?? '') : `lmb ${index - id}`
}

/** The name of a run of devices, from the first to the last: `PNP0C80:01`, `lmb@80000004-80000007`. */
export function nameOfRun(first: string | null, last: string | null): string | null {
  const index = drcIndexOf(last)
  if (first === null || first === last || index === undefined) return first
  return `${first}-${lmbName(index).slice('lmb@'.length)}`
}
