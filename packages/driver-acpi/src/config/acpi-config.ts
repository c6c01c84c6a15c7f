/** Caching of a memory range, as its _CRS descriptor states it. Source: ACPI 6.4, 6.4.3.5.5. */
export type Caching = 'uncached' | 'cacheable' | 'write-combining' | 'prefetchable'

/** One memory descriptor of a device's _CRS. Bytes, `end` exclusive. */
export interface AcpiRangeConfig {
  readonly start: number
  readonly end: number
  /** Default `cacheable`. */
  readonly caching?: Caching
  /** Default `read-write`. */
  readonly access?: 'read-write' | 'read-only'
}

/** Firmware methods that do not do what they should. An absent entry is a method that works. */
export interface AcpiFirmwareFaults {
  /** _CRS cannot be evaluated: the device cannot be attached. */
  readonly crs?: 'fails'
  /** _STA cannot be evaluated: `status` answers EIO. */
  readonly sta?: 'fails'
  /**
   * `missing`: no _EJ0, and no `eject` file. `fails`: it reports an error and the device stays.
   * `ignored`: it reports success and the device stays.
   */
  readonly ej0?: 'missing' | 'fails' | 'ignored'
}

/** One PNP0C80 device of the namespace. What is left out follows from its slot. */
export interface AcpiDeviceConfig {
  /** Name on the ACPI bus; default `PNP0C80:` and the slot as two hex digits. */
  readonly name?: string
  /** Path in the namespace; default `\_SB_.MHPC.MP` and the slot as two hex digits. */
  readonly path?: string
  /** _UID as the `uid` file shows it, null for a device without; default `0x` and two hex digits. */
  readonly uid?: string | null
  /** Directory of its parent below /sys/devices; default: that of the whole configuration. */
  readonly parent?: string
  /** Number of its slot; default: the number in its name, else the lowest free one. */
  readonly slot?: number
  /** The platform's name for what sits in the slot; default: the device's own name. */
  readonly id?: string
  /** Value of _STA; default 15 where the device has memory, else 0. */
  readonly status?: number
  /** Its _CRS; default: none, or the runs of the blocks in `bound`. */
  readonly ranges?: readonly AcpiRangeConfig[]
  /** Node of its _PXM, null for a device without; default: none. */
  readonly node?: number | null
  /**
   * Captured hosts: numbers of the memory blocks that its `physical_node` links name, in the order of
   * the links. Boot then takes the device as it was found (an empty list: not attached). Without it
   * boot takes the device in as the kernel's own scan does, and adds its memory.
   */
  readonly bound?: readonly number[]
  readonly faults?: AcpiFirmwareFaults
}

/** `drivers.acpi` of a machine description. Plain data: it survives JSON. */
export interface AcpiConfig {
  /** Namespace devices, present or not; default: as many as `devices` needs, 4 where there is no `devices`. */
  readonly slots?: number
  /** Where the platform places memory, in bytes; default: the first GiB above 4 GiB and above all boot memory. */
  readonly windowStart?: number
  /** First byte beyond that window; default: what the architecture can address. */
  readonly windowEnd?: number
  /** Alignment of addresses and sizes that the platform asks for; default 2 MiB. */
  readonly alignmentBytes?: number
  /** Directory of the devices' parent below /sys/devices; default QEMU's. */
  readonly parentPath?: string
  /** /sys/firmware/acpi/hotplug/memory/enabled; default true. */
  readonly hotplugEnabled?: boolean
  /**
   * Proximity domains: how many there are, and those that firmware's tables name, in their order. Old kernels number nodes
   * so; the others are named by the first device of theirs. Default: domains have the numbers of the machine's nodes.
   */
  readonly domains?: { readonly count: number; readonly named: readonly number[] }
  readonly devices?: readonly AcpiDeviceConfig[]
}
