import type { NodeId, Pfn } from '../address/brand'
import type { FrameKind } from './frame-source'
import type { LogLine, PlatformEvent, Uevent } from './journal'

/** A step of a transaction, by its names. @public */
export interface TransactionStep {
  /** `add`, `online`, `offline`, `remove`. */
  readonly operation: string
  /** `isolate`, `migrate`, …: unique within one pass of the operation. */
  readonly step: string
}

/** How far an operation or a step has come. `failed`: it threw; what it had done is undone next. @public */
export type StepPhase = 'begun' | 'done' | 'failed'

/**
 * Something that has happened on a machine. Plain data: it may be kept and sent elsewhere. It is told when the operation is
 * over in which it happened: what was asked of the machine from outside (a write to a file, a plug, an unplug, a call of
 * `addMemory`, …), or one piece of deferred work of a settling. All that happened in it is told, in order, also of
 * transactions that failed within it.
 *
 * | kind | after |
 * | --- | --- |
 * | `transaction` | an operation in steps has begun, is done, or has failed with all its undoing done |
 * | `step` | a step of it has begun, is done, has failed, or was undone because a later one failed |
 * | `pages-moved` | pages in use were migrated: `pageCount` pages from `from` on are at `to` and after it now |
 * | `frames-allocated`, `frames-freed` | the page allocator gave, or got back, 2^order pages of a page table or the memmap |
 * | `uevent`, `log`, `platform` | the journal got an entry |
 * | `restored` | the whole state was replaced by a snapshot's |
 * @public
 */
export type MachineEvent =
  | { readonly kind: 'transaction'; readonly operation: string; readonly phase: StepPhase }
  | (TransactionStep & {
      readonly kind: 'step'
      readonly phase: StepPhase | 'undone'
      /** False past the operation's point of no return. */
      readonly mayFail: boolean
    })
  | {
      readonly kind: 'pages-moved'
      readonly from: Pfn
      readonly to: Pfn
      readonly pageCount: number
    }
  | {
      readonly kind: 'frames-allocated'
      readonly use: FrameKind
      readonly pfn: Pfn
      readonly order: number
      /** The node that was asked for; the pages may be another's. */
      readonly nodeId: NodeId
    }
  | {
      readonly kind: 'frames-freed'
      readonly use: FrameKind
      readonly pfn: Pfn
      readonly order: number
    }
  | { readonly kind: 'uevent'; readonly uevent: Uevent }
  | { readonly kind: 'log'; readonly line: LogLine }
  | { readonly kind: 'platform'; readonly event: PlatformEvent }
  | { readonly kind: 'restored' }

/** Is called with each thing that has happened, in order, when the operation that did it is over. @public */
export type MachineObserver = (event: MachineEvent) => void

/** Names of what can happen. @public */
export type MachineEventKind = MachineEvent['kind']

/** How an observer is served. @public */
export interface ObserveOptions {
  /** Of which events it is told; default: of all. An event that no observer is told of is not made. */
  readonly kinds?: readonly MachineEventKind[]
  /** Told what the observer threw. Default: whoever asked for the operation gets it. */
  readonly onError?: (error: unknown) => void
}

/** Ends what it was returned for. May be called twice. @public */
export type Unsubscribe = () => void

/** Who observes a machine. @public */
export interface Observers {
  /** Whether an observer is told of events of this kind: others need not even be made. */
  hear(kind: MachineEventKind): boolean
  add(observer: MachineObserver, options?: ObserveOptions): Unsubscribe
  /** Holds an event until the operation under way is over; tells it at once where none is. @throws what observers threw */
  tell(event: MachineEvent): void
  /** Tells what is held; nothing while observers are told already. @returns what they threw */
  tellHeld(): readonly unknown[]
  /** Counts an operation that begins while observers are told. @returns false past the limit */
  admitOperation(limit: number): boolean
}

/** A step of a transaction as far as it has come. @alpha */
export interface WatchedStep extends TransactionStep {
  readonly phase: Exclude<StepPhase, 'begun'> | 'undone'
  /** False past the operation's point of no return. */
  readonly mayFail: boolean
}

/** Is called with a step in the midst of its transaction. It must only look at the machine. @alpha */
export type StepWatcher = (step: WatchedStep) => void

/**
 * Asked before each step that may fail. What it returns is thrown in place of the step; undefined lets the step run.
 * It may also change the machine, as something would that happens between two steps.
 * @alpha
 */
export type StepFault = (step: TransactionStep) => Error | undefined

/**
 * Asked at each injection point that is passed. What it returns makes the point fail; undefined lets it pass. It may also
 * change the machine, as `StepFault`.
 * @param point its name: `add/arch`, `memory/page-table`
 * @param step the step of a transaction that the point stands before; null for a point that belongs to none
 * @alpha
 */
export type PointFault = (point: string, step: TransactionStep | null) => Error | undefined
