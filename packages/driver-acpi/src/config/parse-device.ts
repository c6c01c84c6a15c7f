import type { AcpiFirmwareFaults, Caching } from './acpi-config'
import type { CrsRange, DeviceLayout } from './layout'
import {
  type Fields,
  readDirectory,
  readFields,
  readInteger,
  readList,
  readText,
  readWord,
  refuse,
} from './read'

const FIELDS = [
  'name',
  'path',
  'uid',
  'parent',
  'slot',
  'id',
  'status',
  'ranges',
  'node',
  'bound',
  'faults',
]
const CACHING: readonly Caching[] = ['uncached', 'cacheable', 'write-combining', 'prefetchable']
/** Far above what platforms have. Source: QEMU's limit is 256 (ACPI_MAX_RAM_SLOTS). */
export const MOST_SLOTS = 4096
/** No kernel has more. Source: MAX_NUMNODES, 2^CONFIG_NODES_SHIFT, at most 2^10. */
const HIGHEST_NODE = 1023
const NAME = /^PNP0C80:([0-9a-f]{2,8})$/
/** Present, enabled, shown in the UI, functioning. Source: ACPI 6.4, 6.3.7. */
const STATUS_WORKING = 0xf
const STATUS_PRESENT = 0x1

interface Context {
  readonly place: string
  /** Directory of the parent where the device names none. */
  readonly parent: string | null
  /** Slots taken by devices before it. */
  readonly taken: ReadonlySet<number>
}

const hex = (value: number): string => value.toString(16).padStart(2, '0')
const upperHex = (value: number): string => hex(value).toUpperCase()

/** Checks one entry of `devices`. @throws HotplugError BAD_DESCRIPTION */
export function parseDevice(device: unknown, context: Context): DeviceLayout {
  const { place } = context
  const fields = readFields(device, place, FIELDS)
  const given = readName(fields.name, `${place}.name`)
  const slot =
    readInteger(fields.slot, `${place}.slot`, { most: MOST_SLOTS - 1 }) ??
    given?.number ??
    lowestFree(context.taken)
  const name = given?.name ?? `PNP0C80:${hex(slot)}`
  const bound = fields.bound === undefined ? null : readBound(fields.bound, `${place}.bound`)
  const ranges = readList(fields.ranges, `${place}.ranges`).map((range, index) =>
    readRange(range, `${place}.ranges[${index}]`),
  )
  const holdsMemory = ranges.length > 0 || (bound !== null && bound.length > 0)
  const status = readInteger(fields.status, `${place}.status`) ?? (holdsMemory ? STATUS_WORKING : 0)
  const occupied = holdsMemory && status % 2 === STATUS_PRESENT
  const id = readText(fields.id, `${place}.id`) ?? (occupied ? name : null)
  return {
    place,
    name,
    path: readText(fields.path, `${place}.path`) ?? `\\_SB_.MHPC.MP${upperHex(slot)}`,
    uid: readUid(fields, `${place}.uid`, slot),
    parent: readDirectory(fields.parent, `${place}.parent`) ?? context.parent,
    slot,
    id,
    status,
    ranges,
    node:
      fields.node === null
        ? null
        : (readInteger(fields.node, `${place}.node`, { most: HIGHEST_NODE }) ?? null),
    bound,
    faults: parseFaults(fields.faults, `${place}.faults`),
  }
}

function readName(
  value: unknown,
  place: string,
): { readonly name: string; readonly number: number } | undefined {
  const name = readText(value, place)
  if (name === undefined) return undefined
  const digits = NAME.exec(name)?.[1]
  if (digits === undefined)
    refuse(place, `"${name}" is not a PNP0C80 name`, 'Give one like PNP0C80:0a')
  return { name, number: Number.parseInt(digits, 16) }
}

const readUid = (fields: Fields, place: string, slot: number): string | null =>
  fields.uid === null ? null : (readText(fields.uid, place) ?? `0x${upperHex(slot)}`)

function lowestFree(taken: ReadonlySet<number>): number {
  let slot = 0
  while (taken.has(slot)) slot += 1
  return slot
}

function readBound(value: unknown, place: string): readonly number[] {
  return readList(value, place).map((block, index) => {
    const at = `${place}[${index}]`
    return readInteger(block, at) ?? refuse(at, 'no block number', 'Give the N of memoryN')
  })
}

function readRange(value: unknown, place: string): CrsRange {
  const fields = readFields(value, place, ['start', 'end', 'caching', 'access'])
  const start = readInteger(fields.start, `${place}.start`)
  const end = readInteger(fields.end, `${place}.end`)
  if (start === undefined || end === undefined) {
    refuse(place, 'start or end is missing', 'Give both, in bytes')
  }
  if (end < start) refuse(`${place}.end`, `${end} is below start`, `Give at least ${start}`)
  return {
    start,
    end,
    caching: readWord(fields.caching, `${place}.caching`, CACHING) ?? 'cacheable',
    access:
      readWord(fields.access, `${place}.access`, ['read-write', 'read-only'] as const) ??
      'read-write',
  }
}

function parseFaults(value: unknown, place: string): AcpiFirmwareFaults {
  const fields = readFields(value, place, ['crs', 'sta', 'ej0'])
  const crs = readWord(fields.crs, `${place}.crs`, ['fails'] as const)
  const sta = readWord(fields.sta, `${place}.sta`, ['fails'] as const)
  const ej0 = readWord(fields.ej0, `${place}.ej0`, ['missing', 'fails', 'ignored'] as const)
  return {
    ...(crs === undefined ? {} : { crs }),
    ...(sta === undefined ? {} : { sta }),
    ...(ej0 === undefined ? {} : { ej0 }),
  }
}
