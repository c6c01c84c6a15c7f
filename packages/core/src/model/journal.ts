import type { MappingRecord } from './mapping-change'

/** A request by firmware or hypervisor, or what it is told: QEMU's DEVICE_DELETED, … @public */
export interface PlatformEvent {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A uevent, as a listener of the netlink socket gets it. @public */
export interface Uevent {
  readonly action: 'add' | 'remove' | 'online' | 'offline' | 'change' | 'bind' | 'unbind'
  /** `/devices/system/memory/memory32`. */
  readonly devpath: string
  readonly subsystem: string
  readonly seqnum: number
}

/** A line of the kernel log. @public */
export interface LogLine {
  readonly level: 'err' | 'warn' | 'info' | 'debug'
  readonly text: string
  readonly tick: number
}

/** What happened so far. Not covered by the fingerprint: a refused operation may leave words behind. @public */
export interface Journal {
  tick: number
  seqnum: number
  /** Index of the highest kernel zone that zonelists held when the log told of them; -1 before that. */
  policyZone: number
  /** One past the highest page that was ever added: the kernel's max_pfn does not come back. 0 before any was. */
  endPfn: number
  readonly uevents: Uevent[]
  readonly log: LogLine[]
  readonly platform: PlatformEvent[]
  /** What memory that came or went changed of the kernel's mappings. */
  readonly mappings: MappingRecord[]
  /** Deferred work: names and plain arguments, run in order when the machine settles. */
  readonly work: { readonly driver: string; readonly name: string; readonly argument: unknown }[]
}
