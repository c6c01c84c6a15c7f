import { blockId, type Machine } from '@memhp/core'
import { blockRange, findBlock, firstObstacle, isMovableZone, zoneOf } from '@memhp/core/inspect'
import { type BareTopology, isCalledUnremovable } from '@memhp/topology'

/** Whether the block is online in zones of the kernel, and nothing in it keeps it from going offline. */
function lacksObstacle(machine: Machine, id: number): boolean {
  const block = findBlock(machine, blockId(id))
  if (block?.state !== 'online') return false
  if (block.zone !== null && isMovableZone(zoneOf(machine, block.zone))) return false
  return firstObstacle(machine, blockRange(machine, blockId(id))) === undefined
}

/**
 * Gives each block that the host's kernel called unremovable a page that does not move, where it has none. Nothing is done for a machine
 * without PAGE_MONITOR, whose twin tells that.
 * @returns the blocks that got one, ascending
 */
export function placeUnmovablePages(machine: Machine, host: BareTopology): readonly number[] {
  const { pageMonitor } = machine.subsystems
  if (pageMonitor === undefined) return []
  return host.blocks
    .filter((block) => isCalledUnremovable(block) && lacksObstacle(machine, block.id))
    .filter(
      ({ id }) => pageMonitor.placeUnmovable(machine, { range: blockRange(machine, id) }) !== null,
    )
    .map(({ id }) => id)
}
