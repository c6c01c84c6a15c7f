import type { NodeId } from '../address/brand'
import type { PfnRange, PhysRange } from '../address/range'
import type { HotplugError } from '../errors/hotplug-error'
import type { MemoryBlock, OnlineType } from './block'
import type { TreeNode } from './directory'
import type { FirmwareMapState } from './firmware-map'
import type { Generation } from './generation'
import type { RadixDirectMap } from './kernel-mapping'
import type { Machine } from './machine'
import type { MappingChange, RegionChange } from './mapping-change'
import type { Removing, StepTable } from './steps'
import type { Zone } from './zone'

/** Where a block goes that comes online: from the zone that it joined as it was added to the one that is asked for. */
export interface ZoneMove {
  readonly from: Zone
  readonly to: Zone
}

/**
 * What only kernels of one series do. Rules say when it is done; the generation brings it, so that a program which has no
 * such kernels does not carry it.
 */
export interface KernelCode {
  /**
   * A generation with defects switched on.
   * @param ids as descriptions name them: `D6`
   * @param kernels those that are known: of them is told which had a defect that this one had not
   * @throws HotplugError BAD_DESCRIPTION for one that cannot be switched on, or that the kernel did not have
   */
  withDefects(
    generation: Generation,
    ids: readonly string[],
    kernels: readonly Generation[],
  ): Generation
  /** What they have on the memory chain. */
  registerNotifiers(machine: Machine): void
  /** `add.impossibleNode`: enters a node that memory is added on although it was not known to be possible. */
  enterNode(machine: Machine, id: NodeId): void
  /** `sysfs.probeNumber`: the number that a text begins with. */
  leadingNumber(text: string): string
  /** `add.mapAtBoot`: what devices brought by the end of boot gets a second directory. @param bootCount entries of firmware */
  numberTwice(map: FirmwareMapState, bootCount: number): void
  /** The log's lines about a direct map that is made of these leaves. */
  tellMapping(
    machine: Machine,
    direct: RadixDirectMap,
    what: { readonly range: PhysRange; readonly leaves: readonly number[] },
  ): void
  /** `zones.joins`: memory joins a zone as it is added. */
  joinZone(machine: Machine, what: { readonly range: PfnRange; readonly nodeId: NodeId }): void
  /** A node that goes offline has zones like those of one that never was online. */
  forgetZones(machine: Machine, nodeId: NodeId): void
  /** From the zone that a block joined as it was added to that one, or, as `zones.edge` says, to the neighbouring one. */
  zoneMove(machine: Machine, block: Readonly<MemoryBlock>, type: OnlineType): ZoneMove
  /** `mended.reusedMemmap`: pages with stale struct pages stay in use as they come online. */
  refuseStalePages(machine: Machine, range: PfnRange): void
  /** `allocator.onlined`: the topmost free chunk of a range becomes one of another type. @returns its first pfn, if there is one */
  claimTopmost(machine: Machine, zone: Zone, claim: TypedRange): number | undefined
  /** `mended.archRefusal`: what is done where the architecture's refusal is taken for success; undefined where it is none. */
  leftBehind(
    machine: Machine,
    range: PhysRange,
    table: StepTable<Removing>,
  ): StepTable<Removing> | undefined
  /** `allocator.onlined`: the same in the memory that came online last. @returns whether there was such a chunk */
  claimOnlined(machine: Machine, zone: Zone, request: { readonly type: number }): boolean
  /** The part of a range in which the kernel would have allocated. */
  likelyPart(machine: Machine, range: PfnRange): PfnRange
  /** `mended.basePageCount`: counts base pages of a direct map that went. */
  wrapBasePages(machine: Machine, change: RegionChange): void
  /** `mended.freedBootTable`: counts tables of boot's that went. */
  countBootTables(machine: Machine, change: MappingChange): void
  /** `offline.limit`. */
  gaveUp(
    block: Readonly<MemoryBlock>,
    failed: readonly { readonly reason: 'pinned' | 'no-memory' }[],
    limit: { readonly seconds: number; readonly hardFailures: number },
  ): HotplugError
  /** `remove.unit`: section by section, ascending. A block goes with the last of its sections. */
  sectionParts(machine: Machine, removing: Removing): readonly Removing[]
}

/** What only kernels after 6.1 do, and brought by them as `KernelCode` is. */
export interface LaterCode {
  /** `sysfs.pageFailures` and `sysfs.nodeReclaim`: files that the directory of a node has beside those of 6.1. */
  nodeFiles(machine: Machine, nodeId: NodeId): Readonly<Record<string, TreeNode>>
  /** `mapping.bootPages`: those of boot's tables and struct pages that went are the allocator's from then on. @returns what went */
  freeBootPages(machine: Machine, nodeId: NodeId, change: MappingChange): MappingChange
}

/** Pages, from one pfn on to another that is exclusive, and a migrate type for them. */
export interface TypedRange {
  readonly start: number
  readonly end: number
  readonly type: number
}
