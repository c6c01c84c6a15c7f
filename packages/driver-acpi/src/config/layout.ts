import type { AcpiFirmwareFaults, Caching } from './acpi-config'

/** One memory descriptor of a _CRS. Bytes, `end` exclusive. */
export interface CrsRange {
  readonly start: number
  readonly end: number
  readonly caching: Caching
  readonly access: 'read-write' | 'read-only'
}

/** A namespace device with everything that its configuration left out. */
export interface DeviceLayout {
  /** Where the configuration speaks of it, for messages. */
  readonly place: string
  readonly name: string
  readonly path: string
  readonly uid: string | null
  /** null: QEMU's. */
  readonly parent: string | null
  readonly slot: number
  readonly id: string | null
  readonly status: number
  readonly ranges: readonly CrsRange[]
  readonly node: number | null
  readonly bound: readonly number[] | null
  readonly faults: AcpiFirmwareFaults
}

/** Where the platform puts memory. Bytes; null: follows from the machine. */
export interface WindowLayout {
  readonly start: number | null
  readonly end: number | null
  readonly alignmentBytes: number
}

/** A checked configuration: all namespace devices in the order of discovery. */
export interface AcpiLayout {
  readonly window: WindowLayout
  readonly hotplugEnabled: boolean
  /** Proximity domains, and those that firmware's tables name; null: they are the machine's nodes. */
  readonly domains: { readonly count: number; readonly named: readonly number[] } | null
  readonly devices: readonly DeviceLayout[]
}
