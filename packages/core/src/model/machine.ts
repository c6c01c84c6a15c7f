import type { Arch } from './arch'
import type { MachineDescription } from './description'
import type { Driver } from './driver'
import type { LocalTree } from './file-tree'
import type { Generation } from './generation'
import type { Geometry } from './geometry'
import type { MemoryChain } from './memory-chain'
import type { MachineState, Uevent } from './state'

export interface MachineHooks {
  /** Told of each step of each transaction before it runs; throws to make the step fail. */
  step?: (operation: string, step: string) => void
}

/** A machine: its fixed parts, and its state. Functions take it first; nothing else holds state. */
export interface Machine {
  readonly description: MachineDescription
  readonly arch: Arch
  readonly generation: Generation
  readonly geometry: Geometry
  readonly drivers: readonly Driver[]
  readonly memoryChain: MemoryChain
  /** `/sys` and `/proc` of the machine. */
  readonly tree: LocalTree
  /** Told of each uevent as it is emitted. */
  readonly listeners: Set<(uevent: Uevent) => void>
  /** Ways for tests to step in; empty on a machine that is merely used. */
  readonly hooks: MachineHooks
  /** Replaced as a whole by `restore`; never keep a part of it across operations. */
  state: MachineState
}
