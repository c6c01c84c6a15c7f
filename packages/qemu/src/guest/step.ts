import type { MemoryDeviceInfo } from '../qmp/commands'

/** Something to do to a guest. The shapes of this file are those of recorded traces. */
export type GuestOperation =
  | { readonly op: 'plug'; readonly id: string; readonly mib: number; readonly node: number }
  | { readonly op: 'unplug'; readonly id: string }
  | { readonly op: 'write'; readonly path: string; readonly value: string }
  | {
      readonly op: 'fill'
      readonly file: string
      readonly node: number
      readonly mib: number
      readonly policy: string
    }
  | { readonly op: 'drop'; readonly file: string }
  | { readonly op: 'inject'; readonly event: string; readonly errno: number }

/** A device that QEMU holds: id, address and size in bytes, node. */
export type GuestDevice = readonly [id: string, address: number, bytes: number, node: number]

/** The result of an operation. */
export interface GuestResult {
  readonly devices: readonly GuestDevice[]
  /** Of a write: the errno's name, or null where it went well. */
  readonly errno?: string | null
  /** Of a plug or an unplug: what QEMU answered, where it refused. */
  readonly error?: string
  /** Of a fill, a drop or an inject. */
  readonly ok?: boolean
  /** Files whose content has changed. */
  readonly corrupt?: readonly string[]
}

/** One recorded step. */
export interface GuestStep {
  readonly op: GuestOperation
  readonly result: GuestResult
  /** `ACTION DEVPATH SUBSYSTEM`, of memory blocks and nodes, in order. */
  readonly uevents: readonly string[]
  readonly qmp: readonly {
    readonly event: string
    readonly data: Readonly<Record<string, unknown>>
  }[]
  /** The change of the flat view since the step before. */
  readonly set: Readonly<Record<string, string>>
  readonly gone: readonly string[]
}

/** A recorded run. */
export interface GuestTrace {
  readonly name: string
  readonly arch: string
  readonly kernel: string
  readonly machine: {
    /** MiB of boot memory per node, 0 for a node without memory. */
    readonly nodes_mib: readonly number[]
    readonly boot_mib: number
    readonly slots: number
    readonly max_mib: number
    readonly cpus: number
    readonly cmdline: string
    readonly faults?: boolean
  }
  /** The flat view before the first step. */
  readonly boot: Readonly<Record<string, string>>
  readonly steps: readonly GuestStep[]
}

type FlatView = Readonly<Record<string, string>>

/** What changed from one flat view to the next, in the order of the keys. */
export function changeOf(before: FlatView, after: FlatView): Pick<GuestStep, 'set' | 'gone'> {
  const set = Object.keys(after)
    .filter((key) => before[key] !== after[key])
    .sort()
    .map((key) => [key, after[key] ?? ''] as const)
  const gone = Object.keys(before)
    .filter((key) => !(key in after))
    .sort()
  return { set: Object.fromEntries(set), gone }
}

/** The devices that have a place in memory, in the order of their ids. */
export function devicesOf(infos: readonly MemoryDeviceInfo[]): GuestDevice[] {
  return infos.flatMap(deviceOf).sort(([a], [b]) => (a < b ? -1 : 1))
}

function deviceOf(info: MemoryDeviceInfo): GuestDevice[] {
  if (info.type === 'dimm' || info.type === 'nvdimm') {
    const { id = '', addr, size, node } = info.data
    return [[id, addr, size, node]]
  }
  if (info.type !== 'virtio-mem') return []
  const { id = '', memaddr, size, node } = info.data
  return [[id, memaddr, size, node]]
}
