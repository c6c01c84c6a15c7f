import type { NodeId } from '../address/brand'
import type { PfnRange, PhysRange, Range } from '../address/range'
import type { MemoryBlock, OnlineType } from './block'
import type { GenerationRules } from './generation-rules'
import type { ZoneMove } from './kernel-code'
import type { Machine } from './machine'
import type { MemoryNotice } from './memory-chain'
import type { RemovedRange } from './removed-range'
import type { Resource } from './resource'
import type { Zone } from './zone'

/** One operation in steps. Before the point of no return every exit undoes; after it nothing may refuse. */
export interface Transaction {
  /** A step that may refuse. `undo` runs, last first, when a later step refuses. */
  step<T>(name: string, act: () => T, undo?: () => void): T
  /** Something to be undone that belongs to no step. */
  onUndo(undo: () => void): void
  /** From here on a refusal is a bug. */
  pointOfNoReturn(): void
}

/** One step of a transaction. `Work` is what the transaction is about. */
export interface Step<Work> {
  readonly name: string
  /** Which generations take it; where it is left out, all. */
  readonly when?: (rules: GenerationRules) => boolean
  act(machine: Machine, work: Work, tx: Transaction): void
  /** Runs when a later step refuses. */
  undo?(machine: Machine, work: Work): void
  /** Runs when this step or a later one refuses. */
  cleanup?(machine: Machine, work: Work): void
}

/** Steps that are taken once for each part of the work. */
interface StepsPerPart<Work> {
  /** What a part is. */
  readonly per: string
  readonly parts: (machine: Machine, work: Work) => readonly Work[]
  readonly steps: readonly Step<Work>[]
}

/** A step, or those of each part. */
export type StepEntry<Work> = Step<Work> | StepsPerPart<Work>

/** What Linux 6.1 does in a transaction, in order. The rules of a machine's generation choose from it. */
export interface StepTable<Work> {
  /** Up to the point of no return: each may refuse, and what came before it is undone then. */
  readonly mayRefuse: readonly StepEntry<Work>[]
  /** Past it. */
  readonly certain: readonly StepEntry<Work>[]
}

/** What each transaction is about. */
export interface TransactionWork {
  readonly add: Adding
  readonly online: Onlining
  readonly offline: Offlining
  readonly remove: Removing
}

/** Of a kernel that has others beside those of 6.1, by transaction: its steps, out of those of 6.1. */
export type OtherSteps = {
  readonly [Name in keyof TransactionWork]: (
    table: StepTable<TransactionWork[Name]>,
  ) => StepTable<TransactionWork[Name]>
}

/** Joins the entry that is exactly a range with mergeable neighbours of the same name. @public */
export type MergeResource = (root: Resource, range: Range) => void

/** What is to be added, and how. Source: add_memory_resource, mm/memory_hotplug.c 6.1. @public */
export interface AddMemoryRequest {
  /** Bytes, end exclusive. */
  readonly range: PhysRange
  /** Node of the memory; default: that of the group, else the platform's guess for the address. */
  readonly nodeId?: NodeId
  readonly groupId?: number
  /** MHP_MEMMAP_ON_MEMORY: the memmap is to lie in the memory itself. */
  readonly memmapOnMemory?: true
  /** MHP_MERGE_RESOURCE: join the entry in /proc/iomem with its neighbours, by `MERGE_RESOURCE`. */
  readonly mergeResource?: MergeResource
  /** Default `System RAM`; driver-managed memory is named `System RAM (…)`. */
  readonly resourceName?: string
  /** What its blocks become by themselves; default: what auto_online_blocks says. */
  readonly onlineType?: OnlineType
}

/** A range on its way in. */
export interface Adding extends AddMemoryRequest {
  readonly resourceName: string
}

/** A block on its way into a zone. */
export interface Onlining {
  readonly block: MemoryBlock
  readonly zone: Zone
  readonly move: ZoneMove
  /** All pages of the block, and those that the allocator gets. */
  readonly whole: PfnRange
  readonly usable: PfnRange
  readonly notice: MemoryNotice
  /** Its zone had no pages before. */
  readonly populates: boolean
}

/** A block on its way out of its zone. */
export interface Offlining {
  readonly block: MemoryBlock
  readonly zone: Zone
  /** All pages of the block, and those that the allocator has. */
  readonly whole: PfnRange
  readonly usable: PfnRange
  readonly notice: MemoryNotice
}

/** A range on its way out. */
export interface Removing extends RemovedRange {
  /** The node that its last block recorded: the kernel overwrites what it has found. Null as long as `blocks` is empty. */
  nodeId: NodeId | null
}
