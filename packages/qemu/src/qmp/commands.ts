import type { AcpiOstInfo } from './events'

/** What stands in `arguments`. */
export type QmpArguments = Readonly<Record<string, unknown>>

type Nothing = Readonly<Record<string, never>>

/** A memory backend: host memory that a device shows to the guest. */
export interface MemoryBackend {
  readonly 'qom-type': 'memory-backend-ram' | 'memory-backend-file' | 'memory-backend-memfd'
  readonly id: string
  /** Bytes. */
  readonly size: number
  readonly share?: boolean
  readonly prealloc?: boolean
  readonly reserve?: boolean
  readonly merge?: boolean
  readonly dump?: boolean
  readonly policy?: 'default' | 'preferred' | 'bind' | 'interleave'
  readonly 'host-nodes'?: readonly number[]
  /** Only of a file. */
  readonly 'mem-path'?: string
}

/** Any other object; its properties are the type's own. */
export interface OtherObject extends QmpArguments {
  readonly 'qom-type': string
  readonly id: string
}

/** A DIMM. It is plugged and unplugged as a whole. */
export interface PcDimm {
  readonly driver: 'pc-dimm' | 'nvdimm'
  readonly id?: string
  /** The id of its memory backend. */
  readonly memdev: string
  readonly node?: number
  readonly slot?: number
  /** Guest-physical address; QEMU finds one where it is absent. */
  readonly addr?: number
}

/** A virtio-mem device, whose size is asked for with qom-set of `requested-size`. */
export interface VirtioMem {
  readonly driver: 'virtio-mem-pci'
  readonly id?: string
  readonly memdev: string
  readonly node?: number
  readonly 'requested-size'?: number
  readonly 'block-size'?: number
  readonly memaddr?: number
  readonly bus?: string
}

/** Any other device; its properties are the driver's own. */
export interface OtherDevice extends QmpArguments {
  readonly driver: string
  readonly id?: string
  readonly bus?: string
}

export interface DimmInfo {
  readonly id?: string
  /** Guest-physical address. */
  readonly addr: number
  /** Bytes. */
  readonly size: number
  readonly slot: number
  readonly node: number
  readonly memdev: string
  readonly hotplugged: boolean
  readonly hotpluggable: boolean
}

export interface VirtioMemInfo {
  readonly id?: string
  readonly memaddr: number
  readonly 'requested-size': number
  /** Bytes that are plugged now. */
  readonly size: number
  readonly 'max-size': number
  readonly 'block-size': number
  readonly node: number
  readonly memdev: string
}

/** A memory device that QEMU holds. */
export type MemoryDeviceInfo =
  | { readonly type: 'dimm' | 'nvdimm'; readonly data: DimmInfo }
  | { readonly type: 'virtio-mem'; readonly data: VirtioMemInfo }
  | { readonly type: 'virtio-pmem' | 'sgx-epc'; readonly data: QmpArguments }

export interface QmpVersion {
  readonly qemu: { readonly major: number; readonly minor: number; readonly micro: number }
  readonly package: string
}

export interface RunState {
  readonly running: boolean
  /** `running`, `paused`, `prelaunch`, `shutdown`, `guest-panicked`, … */
  readonly status: string
}

export interface HotpluggableCpu {
  readonly type: string
  readonly 'vcpus-count': number
  readonly props: Readonly<Record<string, number>>
  readonly 'qom-path'?: string
}

interface Command<Arguments, Result> {
  readonly arguments: Arguments
  readonly result: Result
}

/**
 * The commands that memory hot-plug uses, with what they take and give. Any other can be executed too, with
 * arguments and result of unknown shape; add it to this interface by declaration merging.
 * Source: QEMU 7.2, qapi/*.json.
 */
export interface QmpCommands {
  'object-add': Command<MemoryBackend | OtherObject, Nothing>
  'object-del': Command<{ readonly id: string }, Nothing>
  device_add: Command<PcDimm | VirtioMem | OtherDevice, Nothing>
  device_del: Command<{ readonly id: string }, Nothing>
  'qom-set': Command<
    { readonly path: string; readonly property: string; readonly value: unknown },
    Nothing
  >
  'qom-get': Command<{ readonly path: string; readonly property: string }, unknown>
  'qom-list': Command<
    { readonly path: string },
    readonly { readonly name: string; readonly type: string }[]
  >
  'query-memory-devices': Command<undefined, readonly MemoryDeviceInfo[]>
  'query-memory-size-summary': Command<
    undefined,
    { readonly 'base-memory': number; readonly 'plugged-memory'?: number }
  >
  'query-acpi-ospm-status': Command<undefined, readonly AcpiOstInfo[]>
  'query-status': Command<undefined, RunState>
  'query-hotpluggable-cpus': Command<undefined, readonly HotpluggableCpu[]>
  'query-version': Command<undefined, QmpVersion>
  'query-commands': Command<undefined, readonly { readonly name: string }[]>
  'query-balloon': Command<undefined, { readonly actual: number }>
  balloon: Command<{ readonly value: number }, Nothing>
  'human-monitor-command': Command<
    { readonly 'command-line': string; readonly 'cpu-index'?: number },
    string
  >
  stop: Command<undefined, Nothing>
  cont: Command<undefined, Nothing>
  system_powerdown: Command<undefined, Nothing>
  system_reset: Command<undefined, Nothing>
  quit: Command<undefined, Nothing>
}

/** The name of a known command, or of any other. */
export type QmpCommandName = keyof QmpCommands | (string & {})

/** What a command of that name gives. */
export type QmpResult<Name extends string> = Name extends keyof QmpCommands
  ? QmpCommands[Name]['result']
  : unknown

export interface ExecuteOptions {
  /** Gives up waiting; the command itself cannot be taken back. A reply that comes later is dropped. */
  readonly signal?: AbortSignal
  /** Milliseconds; default that of the client. Waiting for one's turn counts. `Infinity` waits for ever. */
  readonly timeoutMs?: number
  /** Has it carried out before others that wait. Needs `outOfBand` of the connection. */
  readonly outOfBand?: boolean
}

/** What follows the name of a command. */
export type ExecuteRest<Name extends string> = Name extends keyof QmpCommands
  ? QmpCommands[Name]['arguments'] extends undefined
    ? [args?: undefined, options?: ExecuteOptions]
    : [args: QmpCommands[Name]['arguments'], options?: ExecuteOptions]
  : [args?: QmpArguments, options?: ExecuteOptions]
