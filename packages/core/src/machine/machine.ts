import type { LocalTree } from '../tree/file-tree'
import type { Generation } from '../generation/generation'
import type { MemoryChain } from '../notify/memory-chain'
import type { Arch } from '../plugin/arch'
import type { Driver } from '../plugin/driver'
import type { MachineDescription } from './description'
import type { Geometry } from './geometry'
import type { MachineState } from './state'

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
  /** Replaced as a whole by `restore`; never keep a part of it across operations. */
  state: MachineState
}
