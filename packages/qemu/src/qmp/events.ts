/** An ACPI _OST report: what the guest's kernel says about a notification that it got. */
export interface AcpiOstInfo {
  /** The device's id; absent once the device is gone. */
  readonly device?: string
  readonly slot: string
  readonly 'slot-type': 'DIMM' | 'CPU'
  /** What it is about: 1 a device check (plug), 3 an eject request, 0x103 an ejection under way. */
  readonly source: number
  /** How it went: 0 well. `explainOst` has the rest. */
  readonly status: number
}

/** Why a guest stopped or was reset. */
export interface ShutdownData {
  /** True where the guest itself asked for it. */
  readonly guest: boolean
  /** `guest-shutdown`, `guest-reset`, `guest-panic`, `host-qmp-quit`, `host-signal`, … */
  readonly reason: string
}

/**
 * The events that have to do with memory hot-plug, with their data. Others arrive too, with data of unknown
 * shape; add them to this interface by declaration merging.
 * Source: QEMU 7.2, qapi/{acpi,machine,qdev,run-state}.json.
 */
export interface QmpEvents {
  ACPI_DEVICE_OST: { readonly info: AcpiOstInfo }
  DEVICE_DELETED: { readonly device?: string; readonly path: string }
  DEVICE_UNPLUG_GUEST_ERROR: { readonly device?: string; readonly path: string }
  MEM_UNPLUG_ERROR: { readonly device: string; readonly msg: string }
  MEMORY_DEVICE_SIZE_CHANGE: {
    readonly id?: string
    /** Bytes that are plugged now. */
    readonly size: number
    readonly 'qom-path': string
  }
  BALLOON_CHANGE: { readonly actual: number }
  SHUTDOWN: ShutdownData
  RESET: ShutdownData
  POWERDOWN: Readonly<Record<string, never>>
  STOP: Readonly<Record<string, never>>
  RESUME: Readonly<Record<string, never>>
  GUEST_PANICKED: {
    readonly action: 'pause' | 'poweroff' | 'run'
    readonly info?: Readonly<Record<string, unknown>>
  }
}

/** The name of a known event, or of any other. */
export type QmpEventName = keyof QmpEvents | (string & {})

/** What an event of that name carries. */
export type QmpEventData<Name extends string> = Name extends keyof QmpEvents
  ? QmpEvents[Name]
  : Readonly<Record<string, unknown>>

/** An event, as QEMU sent it. */
export interface QmpEvent<Name extends string = string> {
  readonly event: Name
  readonly data: QmpEventData<Name>
  /** The host's clock; -1 where it could not be read. */
  readonly timestamp: { readonly seconds: number; readonly microseconds: number }
}
