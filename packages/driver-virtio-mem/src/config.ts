import { isPowerOfTwo, MIB } from '@memhp/core'
import {
  checkDescribed,
  checkedShape,
  FLAG_SHAPE,
  listShape,
  optionalShape,
  recordShape,
  refuseDescription,
  type Shape,
  textShape,
  wholeShape,
} from '@memhp/core/plugin'

/** Physical addresses in bytes; `end` is exclusive. */
export interface PluggedRange {
  readonly start: number
  readonly end: number
}

/** A device that is there at boot. Bytes. */
export interface VirtioMemDeviceConfig {
  /** The hypervisor's name for it. */
  readonly id: string
  /** The kernel's name for it; default: the first of `virtio0`, `virtio1`, … that is free. */
  readonly name?: string
  /** Of its region; default: where the platform places it. */
  readonly address?: number
  readonly maxBytes: number
  /** What is plugged and unplugged together; default: that of all. */
  readonly blockBytes?: number
  /** The hypervisor's number for its node; default 0. */
  readonly node?: number
  /** What the guest is asked to have; default: what is plugged. */
  readonly requestedBytes?: number
  /**
   * Of a captured machine: what is plugged, in ranges of physical addresses, ascending. Default: nothing; the driver plugs what is
   * asked for as it boots.
   */
  readonly plugged?: readonly PluggedRange[]
}

/** A port that takes a device while the machine runs. */
export interface PortConfig {
  /** `rp0`. */
  readonly name: string
  /** Name of the wakeup source of a device in it: `wakeup11`; default: it has none. */
  readonly wakeup?: string
}

/** `drivers['virtio-mem']` of a machine description. */
export interface VirtioMemConfig {
  readonly devices?: readonly VirtioMemDeviceConfig[]
  /** What a device plugs and unplugs together where nothing else is said, a power of two from 1 MiB; default 2 MiB. */
  readonly blockBytes?: number
  /** Root ports, in the order of their PCI addresses, from 0000:00:01.0 on; default: any number of them, without names. */
  readonly ports?: readonly PortConfig[]
  /** Virtio devices of other kinds that are there at boot: they have the first names that these devices have not. Default 0. */
  readonly otherDevices?: number
  /** The hypervisor lets no device go, not even one without memory, as QEMU 7.2 (11.1 does); default false. */
  readonly keepsDevices?: boolean
  /**
   * Nodes as the hypervisor numbers them: how many there are, and those that firmware's tables name, in the order in which the kernel
   * numbers them. Default: the kernel's numbers are the hypervisor's.
   */
  readonly domains?: { readonly count: number; readonly named: readonly number[] }
  /** Where the platform places regions, in bytes; default: as the ACPI platform does. */
  readonly windowStart?: number
  readonly windowEnd?: number
}

/** The configuration, checked and filled in. */
export interface VirtioMemLayout {
  readonly blockBytes: number
  readonly devices: readonly VirtioMemDeviceConfig[]
  readonly ports: readonly PortConfig[] | null
  readonly otherDevices: number
  readonly keepsDevices: boolean
  readonly domains: NonNullable<VirtioMemConfig['domains']> | null
  readonly window: { readonly start: number | null; readonly end: number | null }
}

const PLACE = 'drivers.virtio-mem'

/** Bytes of a device block where the hypervisor does not say: its transparent huge page. Source: QEMU hw/virtio/virtio-mem.c 11.1. */
const DEFAULT_BLOCK_BYTES: number = 2 * MIB

function configShape(): Shape<VirtioMemConfig> {
  const text = textShape({ least: 1, words: 'a text that is not empty' })
  const blockBytes = checkedShape<number>(
    'a power of two of at least 1 MiB',
    (value) => typeof value === 'number' && isPowerOfTwo(value) && value >= MIB,
  )
  const device = recordShape<VirtioMemDeviceConfig>({
    id: text,
    name: optionalShape(textShape({ pattern: /^virtio\d+$/, words: 'a name like virtio0' })),
    address: optionalShape(wholeShape()),
    maxBytes: wholeShape(1),
    blockBytes: optionalShape(blockBytes),
    node: optionalShape(wholeShape(0, 1023)),
    requestedBytes: optionalShape(wholeShape()),
    plugged: optionalShape(
      listShape(recordShape<PluggedRange>({ start: wholeShape(), end: wholeShape() })),
    ),
  })
  const domains = recordShape<NonNullable<VirtioMemConfig['domains']>>({
    count: wholeShape(1),
    named: listShape(wholeShape()),
  })
  return recordShape<VirtioMemConfig>({
    devices: optionalShape(listShape(device)),
    blockBytes: optionalShape(blockBytes),
    ports: optionalShape(
      listShape(recordShape<PortConfig>({ name: text, wakeup: optionalShape(text) })),
    ),
    otherDevices: optionalShape(wholeShape(0, 1023)),
    keepsDevices: optionalShape(FLAG_SHAPE),
    domains: optionalShape(domains),
    windowStart: optionalShape(wholeShape()),
    windowEnd: optionalShape(wholeShape()),
  })
}

/** Checks the driver's part of a machine description. @throws HotplugError BAD_DESCRIPTION with the place */
export function parseConfig(config: unknown = {}): VirtioMemLayout {
  checkDescribed(configShape(), config, PLACE)
  const { devices = [], ports = null, blockBytes = DEFAULT_BLOCK_BYTES, otherDevices = 0 } = config
  const { keepsDevices = false, domains = null } = config
  const { windowStart: start = null, windowEnd: end = null } = config
  if (start !== null && end !== null && end <= start)
    refuseDescription(`${PLACE}.windowEnd`, `${end} is not above windowStart, ${start}.`)
  devices.forEach((device, i) => {
    checkDevice({ blockBytes, ...device }, `${PLACE}.devices[${i}]`)
    const other = devices.findIndex(({ id }) => id === device.id)
    if (other < i) refuseDescription(`${PLACE}.devices[${i}].id`, 'is the id of another device.')
  })
  return { blockBytes, devices, ports, otherDevices, keepsDevices, domains, window: { start, end } }
}

function checkDevice(
  device: VirtioMemDeviceConfig & { readonly blockBytes: number },
  place: string,
): void {
  const { maxBytes, blockBytes, requestedBytes } = device
  const sizes = { maxBytes, requestedBytes }
  for (const [field, bytes] of Object.entries(sizes)) {
    if (bytes === undefined) continue
    if (bytes % blockBytes > 0)
      refuseDescription(`${place}.${field}`, `must be a multiple of blockBytes, ${blockBytes}.`)
    if (bytes > maxBytes)
      refuseDescription(`${place}.${field}`, `must not be more than maxBytes, ${maxBytes}.`)
  }
  checkPlugged(device, place)
}

function checkPlugged(
  { name, address, maxBytes, plugged = [] }: VirtioMemDeviceConfig,
  place: string,
): void {
  if (plugged.length > 0 && (address === undefined || name === undefined))
    refuseDescription(`${place}.plugged`, 'give the name and the address of the device, too.')
  let least = address ?? 0
  const most = least + maxBytes
  plugged.forEach(({ start, end }, i) => {
    if (start < least || end <= start || end > most)
      refuseDescription(`${place}.plugged[${i}]`, 'must ascend, and lie in the region.')
    least = end
  })
}
