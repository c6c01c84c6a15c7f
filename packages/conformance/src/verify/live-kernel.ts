import { type Operation, recordedArch, type Trace, type TraceStep } from '@memhp/trace'

/** Which kernel a walk goes on, in the words of traces. */
export const LIVE_ARCHS = ['x86_64', 'ppc64le-radix', 'ppc64le-hash', 's390x', 'arm64'] as const

/** One of `LIVE_ARCHS`. */
export type LiveArch = (typeof LIVE_ARCHS)[number]

/** The name that `uname -m` prints on a live kernel. */
export const unameOf = (arch: LiveArch): string => recordedArch(arch).arch

/** What memory devices a walk plugs: DIMMs, or those of changing size beside them. */
export const LIVE_DEVICES = ['dimm', 'virtio-mem'] as const

/** One of `LIVE_DEVICES`. */
export type LiveDevice = (typeof LIVE_DEVICES)[number]

/** A virtio-mem device that is there as a guest of a walk boots. */
interface WalkResizable {
  readonly id: string
  readonly maxMib: number
  readonly node: number
  readonly requestedMib: number
  /** Default: the hypervisor's. */
  readonly blockKib?: number
}

/** A machine for a walk: everything that a guest needs to be started again just so. */
export interface WalkMachine {
  readonly arch: LiveArch
  /** MiB of boot memory of each node; 0 for a node that only hot-plugged memory fills. */
  readonly nodesMib: readonly number[]
  readonly slots: number
  /** MiB of boot memory and devices together, at most. */
  readonly maxMib: number
  /** Added to the kernel's command line. */
  readonly cmdline: string
  /** Whether notifiers are made to fail now and then. */
  readonly faults: boolean
  /** Devices of changing size, and ports for more of them; absent: the walk has none. */
  readonly resizables?: { readonly devices: readonly WalkResizable[]; readonly ports: number }
}

/** A kernel that runs, as far as a walk needs it. A `Guest` of @memhp/qemu is one. */
export interface LiveKernel {
  /** The release of the kernel. */
  readonly kernel: string
  flatView(): Promise<Readonly<Record<string, string>>>
  /** Carries out one operation, waits until the kernel has come to rest, and tells what changed. */
  perform(operation: Operation): Promise<TraceStep>
  /** All steps so far. */
  trace(name: string): Trace
  stop(): Promise<unknown>
}

/** Starts a kernel on a machine. It is stopped by whoever called. */
export type BootKernel = (machine: WalkMachine) => Promise<LiveKernel>
