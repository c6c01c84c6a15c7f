import {
  FIRMWARE_MAP_DIRECTORY,
  firmwareMapEntry,
  type IomemLine,
  isMaskedIomem,
  parseHex,
  parseIomem,
} from '@memhp/kernel-files'
import { idsIn } from './nodes'
import { mapBounded, type Source } from './source'
import type { FirmwareMapInfo, ResourceInfo } from './topology'

const IOMEM = '/proc/iomem'
const UNKNOWN_RESOURCES = 'Where kernel, crash kernel and devices lie is unknown.'

/** Reads `/proc/iomem`. @returns null where it is absent, hides its addresses or is damaged, with a note */
export async function readIomem(source: Source): Promise<readonly ResourceInfo[] | null> {
  const text = await source.text(IOMEM, UNKNOWN_RESOURCES)
  if (text === undefined) return null
  if (isMaskedIomem(text)) {
    const message = `Its addresses are hidden from readers without CAP_SYS_ADMIN. ${UNKNOWN_RESOURCES}`
    source.note('masked', { path: IOMEM, message })
    return null
  }
  const lines = source.parsed({ path: IOMEM, meaning: UNKNOWN_RESOURCES }, () => parseIomem(text))
  return lines?.map(resourceOf) ?? null
}

const resourceOf = ({ start, end, name, children }: IomemLine): ResourceInfo => ({
  start,
  end: end + 1,
  name,
  children: children.map(resourceOf),
})

async function readEntry(source: Source, index: number): Promise<FirmwareMapInfo | undefined> {
  const directory = firmwareMapEntry(index)
  const meaning = 'An entry of the firmware map is left out.'
  const start = await source.text(`${directory}/start`, meaning)
  const end = await source.text(`${directory}/end`, meaning)
  const type = await source.text(`${directory}/type`, meaning)
  if (start === undefined || end === undefined || type === undefined) return undefined
  return source.parsed({ path: directory, meaning }, () => ({
    index,
    start: parseHex(start),
    end: parseHex(end) + 1,
    type: type.trim(),
  }))
}

/**
 * Reads `/sys/firmware/memmap`, by number.
 * @returns null where there is none, which is not a gap: only x86 kernels have one
 */
export async function readFirmwareMap(source: Source): Promise<readonly FirmwareMapInfo[] | null> {
  if (!(await source.exists(FIRMWARE_MAP_DIRECTORY))) return null
  const names = await source.names(FIRMWARE_MAP_DIRECTORY, 'The firmware map is unknown.')
  if (names === undefined) return null
  const entries = await mapBounded(idsIn(names, ''), async (index) => readEntry(source, index))
  return entries.filter((entry) => entry !== undefined)
}
