import type {
  DialectBlock,
  DialectSource,
  FirmwareDevice,
  FirmwareListing,
} from '@memhp/core/plugin'
import { parseStatus } from './status'

/** Directory of the devices on the ACPI bus. */
export const ACPI_ROOT = '/sys/bus/acpi/devices'
/** Hardware id of an ACPI memory device, and the start of its names on the bus. */
export const MEMORY_DEVICE = 'PNP0C80:'
/** Bit 0 of `_STA`. Source: ACPI 6.5 section 6.3.7. */
const STA_PRESENT = 1

/** Blocks that the device's own links name: `physical_node`, `physical_node1`, … */
async function linkedBlocks(
  source: DialectSource,
  directory: string,
  names: readonly string[],
): Promise<readonly number[]> {
  const links = await source.each(
    names.filter((name) => /^physical_node\d*$/.test(name)),
    (name) => source.link(`${directory}/${name}`),
  )
  return links.flatMap((link) => {
    const match = /\/memory(\d+)$/.exec(link ?? '')
    return match === null ? [] : [Number(match[1])]
  })
}

async function readStatus(source: DialectSource, directory: string): Promise<number | null> {
  const path = `${directory}/status`
  const text = await source.text(path, 'Whether the slot of the device is filled is unknown.')
  if (text === undefined) return null
  const status = parseStatus(text)
  if (status !== undefined) return status
  source.note('malformed', { path, message: 'The status of the device is not a decimal number.' })
  return null
}

async function readAcpiDevice(
  source: DialectSource,
  name: string,
  allBlocks: readonly DialectBlock[],
): Promise<FirmwareDevice> {
  const directory = `${ACPI_ROOT}/${name}`
  const names = await source.names(directory, 'The files of the device are not listed.')
  const status = await readStatus(source, directory)
  const path = await source.text(`${directory}/path`, 'The firmware name of the device is unknown.')
  const linked = new Set<number>(await linkedBlocks(source, directory, names ?? []))
  const blocks = allBlocks.filter((block) => block.device === name || linked.has(block.id))
  return {
    name,
    driver: 'acpi',
    path: path?.trim() ?? null,
    status,
    present: status === null ? blocks.length > 0 : status % 2 === STA_PRESENT,
    ejectable: names?.includes('eject') ?? null,
    drcIndex: null,
    blocks: blocks.map(({ id }) => id),
  }
}

/** Whether a name is that of a memory device. */
export const isMemoryDevice = (name: string): boolean => /^PNP0C80:[0-9a-f]{2,8}$/.test(name)

/** ACPI memory devices, empty slots included, by name: those on the bus, and those that only blocks name. */
export const ACPI_LISTING: FirmwareListing = {
  async read(source, blocks) {
    const isThere = await source.exists(ACPI_ROOT)
    const onBus = isThere ? await source.names(ACPI_ROOT, 'ACPI memory devices are unknown.') : []
    const ofBlocks = blocks.flatMap(({ device }) => device ?? [])
    const names = [...new Set([...(onBus ?? []), ...ofBlocks])].filter(isMemoryDevice).sort()
    return source.each(names, async (name) => readAcpiDevice(source, name, blocks))
  },
}
