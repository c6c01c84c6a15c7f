import type { CapturedHost, PlatformFacts } from '@memhp/core/plugin'
import { compareNatural } from '@memhp/kernel-files'
import { ACPI_ROOT, isMemoryDevice } from './files'
import { parseStatus } from './status'

const parentPath = (path: string): string => path.slice(0, path.lastIndexOf('/'))

const nameIn = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

const matchingPaths = (paths: readonly string[], pattern: RegExp): string[] =>
  paths.filter((path) => pattern.test(path)).sort(compareNatural)

/** A range of physical addresses in bytes; `end` is exclusive. */
export interface AcpiRangeFacts {
  readonly start: number
  readonly end: number
}

/** A memory device of the ACPI namespace, as the host showed it. */
export interface AcpiDeviceFacts {
  /** Name on the ACPI bus: `PNP0C80:00`. */
  readonly name: string
  /** Path in the namespace: `\_SB_.MHPC.MP00`. Absent where the host did not say. */
  readonly path?: string
  /** What `uid` shows; null for a device without. */
  readonly uid: string | null
  /** Directory of its parent below /sys/devices: `LNXSYSTM:00/LNXSYBUS:00/PNP0A06:04`. Absent where the host did not say. */
  readonly parent?: string
  /** Value of _STA: 15 with memory, 0 for an empty slot. */
  readonly status: number
  /** What the bound blocks cover, joined where they touch. */
  readonly ranges: readonly AcpiRangeFacts[]
  /** Node of the first bound block; null where none is bound. */
  readonly node: number | null
  /** Blocks that its `physical_node` links name, in the order of the links. Empty: not attached. */
  readonly bound: readonly number[]
  /** `ej0: missing`: it has no `eject` file. `sta: fails`: `status` could not be read. Absent: neither. */
  readonly faults?: { readonly ej0?: 'missing'; readonly sta?: 'fails' }
}

/** `drivers.acpi` of a described machine. Plain data, a part of what the ACPI driver takes. */
export interface AcpiConfigFacts {
  /** /sys/firmware/acpi/hotplug/memory/enabled. */
  readonly hotplugEnabled: boolean
  /** Slots that may take a device, where the host shows none. */
  readonly slots?: number
  /** Proximity domains, and those that firmware's tables name, in their order. */
  readonly domains?: { readonly count: number; readonly named: readonly number[] }
  /** In the order of their names. */
  readonly devices: readonly AcpiDeviceFacts[]
}

/** Whether ejection and announcements of memory are acted on. */
export const HOTPLUG_ENABLED = '/sys/firmware/acpi/hotplug/memory/enabled'
const PRESENT = 15

/** Directories of the memory devices by name: told by a file or by a write-only one. */
function deviceDirectories({ capture }: CapturedHost): Map<string, string> {
  const named = [...Object.keys(capture.files), ...Object.keys(capture.modes)]
  const links = Object.keys(capture.links).filter((path) => !path.startsWith('/sys/bus/'))
  const inDevice = /^\/sys\/.*\/PNP0C80:[0-9a-f]+(?=\/[^/]+$)/
  const directories = [...named, ...links].flatMap((path) => inDevice.exec(path)?.[0] ?? [])
  return new Map(directories.sort(compareNatural).map((path) => [nameIn(path), path]))
}

/** Names of the memory devices: those on the bus, and those that only memory blocks name. */
function deviceNames(host: CapturedHost): string[] {
  const onBus = Object.keys(host.capture.links).filter((path) => parentPath(path) === ACPI_ROOT)
  const ofBlocks = host.blocks.flatMap(({ device }) => device ?? [])
  const names = new Set([...onBus.map(nameIn), ...ofBlocks])
  return [...names].filter(isMemoryDevice).sort(compareNatural)
}

/** In the order of the device's links to its blocks; then those that have a link to the device alone. */
function boundBlocks(host: CapturedHost, name: string, directory: string | undefined): number[] {
  const { links } = host.capture
  const known = new Set(host.blocks.map(({ id }) => id))
  const pattern = /\/physical_node\d*$/
  const linked = matchingPaths(
    Object.keys(links).filter((path) => path.startsWith(`${directory}/`)),
    pattern,
  )
    .map((path) => Number(/\/memory(\d+)$/.exec(links[path] ?? '')?.[1]))
    .filter((id) => known.has(id))
  const linking = host.blocks.filter(({ device }) => device === name).map(({ id }) => id)
  return [...new Set([...linked, ...linking])]
}

/** Ranges of blocks, joined where they touch. */
function rangesOf(ids: readonly number[], blockBytes: number): AcpiRangeFacts[] {
  const ranges: { start: number; end: number }[] = []
  for (const id of [...ids].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    const start = id * blockBytes
    if (last?.end === start) last.end = start + blockBytes
    else ranges.push({ start, end: start + blockBytes })
  }
  return ranges
}

/** A device of which no file is known is taken to have one. */
function hasEject({ capture }: CapturedHost, directory: string | undefined): boolean {
  if (directory === undefined) return true
  const path = `${directory}/eject`
  return capture.modes[path] !== undefined || capture.files[path] !== undefined
}

function deviceFacts(
  host: CapturedHost,
  { name, directory }: { readonly name: string; readonly directory: string | undefined },
  taken: Set<number>,
): AcpiDeviceFacts {
  const bound = boundBlocks(host, name, directory).filter((id) => !taken.has(id))
  for (const id of bound) taken.add(id)
  const status = parseStatus(host.text(`${directory}/status`) ?? '')
  const node = host.blocks.find(({ id }) => id === bound[0])?.nodes.at(-1)
  if (status === undefined) {
    const what = bound.length > 0 ? 'present: memory blocks are bound to it' : 'an empty slot'
    host.assume(`The status of ${name} could not be read: the device is taken for ${what}.`)
  }
  if (directory === undefined)
    host.assume(`No file of ${name} is known: it is taken to have one that ejects it.`)
  const faults = {
    ...(hasEject(host, directory) ? {} : { ej0: 'missing' as const }),
    ...(status === undefined ? { sta: 'fails' as const } : {}),
  }
  const path = host.text(`${directory}/path`)
  return {
    name,
    ...(path === undefined ? {} : { path }),
    uid: host.text(`${directory}/uid`) ?? null,
    ...(directory === undefined
      ? {}
      : { parent: parentPath(directory).replace(/^\/sys\/devices\//, '') }),
    status: status ?? (bound.length > 0 ? PRESENT : 0),
    ranges: rangesOf(bound, host.blockBytes),
    node: node ?? null,
    bound,
    ...(Object.keys(faults).length === 0 ? {} : { faults }),
  }
}

/** The ACPI memory devices of a host; undefined where it has neither devices nor a driver for them. */
export function describeAcpi(
  host: CapturedHost,
  { platform }: { readonly platform: PlatformFacts },
): AcpiConfigFacts | undefined {
  const directories = deviceDirectories(host)
  const enabled = host.text(HOTPLUG_ENABLED)
  const names = deviceNames(host)
  const mayCome = platform.slots !== undefined && host.capture.directories.includes(ACPI_ROOT)
  if (enabled === undefined && names.length === 0 && !mayCome) return undefined
  const taken = new Set<number>()
  return {
    hotplugEnabled: enabled !== '0',
    ...(mayCome && names.length === 0 ? { slots: platform.slots } : {}),
    ...(platform.domains === undefined ? {} : { domains: platform.domains }),
    devices: names.map((name) =>
      deviceFacts(host, { name, directory: directories.get(name) }, taken),
    ),
  }
}
