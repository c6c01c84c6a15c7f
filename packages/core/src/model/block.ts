import type { BlockId, NodeId } from '../address/brand'
import type { ZoneKey } from './zone'

/** What `memoryN/state` reads; `going-offline` while offline_pages runs. @public */
export type BlockState = 'online' | 'offline' | 'going-offline'

/** What a write to `state` asks for; `offline` also means "no type stored". @public */
export type OnlineType = 'offline' | 'online' | 'online_kernel' | 'online_movable'
/**
 * Words of `state` and `auto_online_blocks`, in the kernel's order. Source: online_type_to_str, drivers/base/memory.c 6.1.
 * @public
 */
export const ONLINE_TYPES: readonly OnlineType[] = [
  'offline',
  'online',
  'online_kernel',
  'online_movable',
]

/** A memory block: what sysfs shows as `memoryN`, the unit of onlining and offlining. @public */
export interface MemoryBlock {
  readonly id: BlockId
  /** The node recorded last; boot blocks may have pages on others too (`extraNodes`). */
  readonly nodeId: NodeId
  readonly extraNodes: readonly NodeId[]
  state: BlockState
  /** Zone of all pages while online; null: offline, or a boot block with more than one zone. */
  zone: ZoneKey | null
  /** Type stored by a write to `state`, consumed by the next attempt to online (the stale-type quirk). */
  pendingType: OnlineType
  /** The memory group, null for memory that no device announced. */
  groupId: number | null
  /** Pages at the start that hold the block's own memmap; 0 when the memmap lies elsewhere. */
  readonly selfHostedPages: number
  /** Pages that plugins kept from the allocator as it came online: present, not managed. 0 while it is offline. */
  withheldPages: number
  /** The firmware device bound to it, as the target text of `firmware_node`; null when there is none. */
  firmwareNode: string | null
  readonly early: boolean
}

/** Memory added and removed as one unit (static) or in units (dynamic). @public */
export interface MemoryGroup {
  readonly id: number
  readonly kind: 'static' | 'dynamic'
  readonly nodeId: NodeId
  /** Static: most pages it may hold. Dynamic: pages of a unit. */
  readonly pages: number
  readonly blocks: Set<BlockId>
  presentKernelPages: number
  presentMovablePages: number
}
