import type { Activity } from './activity'
import type { Arch } from './arch'
import type { MachineDescription } from './description'
import type { FirmwareDriver } from './driver'
import type { Features } from './features'
import type { LocalTree } from './file-tree'
import type { Generation } from './generation'
import type { Geometry } from './geometry'
import type {
  MachineObserver,
  ObserveOptions,
  Observers,
  PointFault,
  StepWatcher,
  Unsubscribe,
} from './machine-event'
import type { MemoryChain } from './memory-chain'
import type { NodeChain } from './node-chain'
import type { Section } from './section'
import type { MachineState } from './state'
import type { Subsystems } from './subsystem'
import type { WriteLog } from './write-log'

/** A machine: its fixed parts, and its state. Functions take it first; nothing else holds state. @public */
export interface Machine {
  readonly description: MachineDescription
  readonly arch: Arch
  readonly generation: Generation
  readonly features: Features
  readonly geometry: Geometry
  readonly drivers: readonly FirmwareDriver[]
  readonly subsystems: Subsystems
  readonly memoryChain: MemoryChain
  readonly nodeChain: NodeChain
  /** `/sys` and `/proc` of the machine. */
  readonly tree: LocalTree
  /** Whether an operation is under way. */
  readonly activity: Activity
  /** Who is told what happens; added to by `observe`. */
  readonly observers: Observers
  /** What makes injection points fail, for tests; added to by `injectFault` and `injectStepFault`. */
  readonly faults: Set<PointFault>
  /** Who is told which sections and blocks are written; added to by `logWrites`. */
  readonly writeLogs: Set<WriteLog>
  /** Who is shown the machine between two steps; added to by `watchSteps`. */
  readonly stepWatchers: Set<StepWatcher>
  /** Copies a section that a snapshot holds, too, before it is written; null as long as there was none. */
  copySection: ((section: Readonly<Section>) => Section) | null
  /** Replaced as a whole by `restore`; never keep a part of it across operations. */
  state: MachineState
  /**
   * Calls the observer with each thing that happens on the machine from now on, in order, when the operation is over in
   * which it happened (`MachineEvent`). The machine is whole then: the observer may read, and may ask for operations;
   * what these do is told behind what is told now. One that throws is not called again. The operation is done all the
   * same, the other observers are told, and then whoever asked for the operation gets the error: so a failed `expect()`
   * of an observer fails the test. Several errors are one `AggregateError`, that of the operation itself first.
   * @returns ends the observation
   */
  observe(observer: MachineObserver, options?: ObserveOptions): Unsubscribe
}
