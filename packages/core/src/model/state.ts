import type { BlockId, NodeId, SectionNr } from '../address/brand'
import type { Errno } from '../errors/errno'
import type { MemoryBlock, MemoryGroup, OnlineType } from './block'
import type { FirmwareMapState } from './firmware-map'
import type { MemmapMode } from './generation-rules'
import type { Journal } from './journal'
import type { MemoryNode } from './node'
import type { TrackedAllocation } from './page'
import type { PageCgroupTables } from './page-cgroup'
import type { Resource } from './resource'
import type { Section } from './section'
import type { Zone, ZoneKey } from './zone'

/** A run of untouched boot sections. All of one node, early, online, with a memmap. It is replaced, never written. */
export interface SectionRun {
  /** All pages free, or all reserved at boot (kernel image, boot memmap). */
  readonly summary: 'free' | 'reserved'
  readonly start: SectionNr
  readonly end: SectionNr
  readonly nodeId: NodeId
}

/** A stretch of boot memory in one zone: tells the zone of a boot page whose section spans several. */
export interface BootExtent {
  readonly startPfn: number
  readonly endPfn: number
  readonly zone: ZoneKey
}

interface SectionTable {
  /** Untouched boot sections, ascending. */
  readonly runs: SectionRun[]
  /** Sections changed since boot, and hot-added ones. */
  readonly separated: Map<SectionNr, Section>
  readonly bootExtents: BootExtent[]
  /** Those of `separated` that no snapshot holds: the others are copied before they are written. */
  readonly own: Set<SectionNr>
}

/** The memory blocks: runs of those untouched since boot, and the others one by one. @public */
export interface BlockTable {
  /** Runs of untouched boot blocks, ascending; `zone` null where valid_zones reads `none`. Each is replaced, never written. */
  readonly runs: {
    readonly start: BlockId
    readonly end: BlockId
    readonly nodeId: NodeId
    readonly extraNodes: readonly NodeId[]
    readonly zone: ZoneKey | null
  }[]
  readonly separated: Map<BlockId, MemoryBlock>
}

/** Parameters that user space or the command line sets. @public */
export interface Settings {
  autoOnline: OnlineType
  onlinePolicy: 'contig-zones' | 'auto-movable'
  autoMovableRatio: number
  autoMovableNumaAware: boolean
  memmapOnMemory: MemmapMode
  movableNode: boolean
  /** vm.movable_gigantic_pages. */
  movableGiganticPages: number
}

/** Free and used huge pages of one node and size. */
export interface HugePool {
  readonly nodeId: NodeId
  readonly order: number
  readonly free: Set<number>
  readonly used: Set<number>
  /** Free pages promised to mappings: dissolving below this fails. */
  reserved: number
  /** Used pages that are more than what was asked for: as many of those that are released are not kept. */
  surplus: number
}

/** Everything that the fingerprint covers: the machine as memory, tables and files. @public */
export interface MemoryState {
  readonly sections: SectionTable
  readonly blocks: BlockTable
  readonly nodes: Map<NodeId, MemoryNode>
  readonly zones: Map<ZoneKey, Zone>
  readonly groups: Map<number, MemoryGroup>
  /** The iomem tree. */
  readonly resources: Resource
  readonly firmwareMap: FirmwareMapState
  readonly allocations: Map<number, TrackedAllocation>
  readonly hugePools: HugePool[]
  readonly pageCgroupTables: PageCgroupTables
  readonly settings: Settings
  /** State of the arch by slot (`stateSlot`): its page tables, or what it has instead. Plain data. */
  readonly arch: Record<string, unknown>
  /** State of each driver by its name (`driverSlot`). Plain data. */
  readonly drivers: Record<string, unknown>
  /** Errno that each event is made to fail with on purpose (memory-notifier-error-inject). */
  readonly injectedNotifierErrors: Map<'MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE', Errno>
  totalManagedPages: number
  /** Pages that MemTotal counts and no zone manages: what boot freed after zones had counted theirs. */
  unmanagedPages: number
  /** Pages that HardwareCorrupted counts and that are not poisoned any more. */
  curedPages: number
  /** What became of pages that failed, by node; none for a node without. It stays as a node goes. */
  readonly pageFailures: Map<NodeId, PageFailures>
  nextAllocationId: number
  nextGroupId: number
}

/** Pages of a node that failed, by what the kernel could do. Source: struct memory_failure_stats, include/linux/mmzone.h 6.12. @public */
export interface PageFailures {
  /** Left where they are: kernel memory. */
  ignored: number
  /** Could not be taken away. */
  failed: number
  /** Taken away. */
  recovered: number
}

/** The whole of a machine that changes. Plain data, so that snapshot, restore and fingerprint are one walk. @public */
export interface MachineState {
  readonly memory: MemoryState
  readonly journal: Journal
  /** State word of the machine's random stream. */
  random: number
}
