import type { Machine, Range } from '@memhp/core'
import { isMovableZone, zoneOf } from '@memhp/core/inspect'
import { ownBlock } from './region'
import type { VirtioMemDevice } from './state'

/** What the driver tells blocks apart by, as it chooses where to plug and unplug. Source: enum virtio_mem_sbm_mb_state, 6.1 */
export type BlockKind = 'kernel' | 'movable' | 'offline'

/** The kind of a memory block; undefined where it is not added. */
export function blockKind(
  machine: Machine,
  device: VirtioMemDevice,
  block: Range,
): BlockKind | undefined {
  const found = ownBlock(machine, device, block)
  if (found === undefined) return undefined
  if (found.state === 'offline' || found.zone === null) return 'offline'
  return isMovableZone(zoneOf(machine, found.zone)) ? 'movable' : 'kernel'
}

/** What a block is chosen by, as blocks are filled and emptied. */
export function kindInTurn(
  machine: Machine,
  device: VirtioMemDevice,
  block: Range,
): BlockKind | undefined {
  const kind = blockKind(machine, device, block)
  const isAlike = machine.generation.rules.resizable.zones === 'alike'
  return kind === 'movable' && isAlike ? 'kernel' : kind
}
