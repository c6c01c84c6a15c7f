import { type BlockId, blockId, type Machine, type Range } from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import { bindBlock } from '@memhp/core/plugin'
import { type AcpiDevice, devpathOf, type PhysicalNode } from '../state'

/** Numbers of the existing memory blocks that a range touches, ascending. */
export function blocksIn(machine: Machine, range: Range): readonly BlockId[] {
  const { blockBytes } = machine.geometry
  const ids: BlockId[] = []
  const end = Math.ceil(range.end / blockBytes)
  for (let number = Math.floor(range.start / blockBytes); number < end; number++) {
    const id = blockId(number)
    if (findBlock(machine, id) !== undefined) ids.push(id)
  }
  return ids
}

/** Text of a block's `firmware_node` link to the device. */
export const firmwareNodeOf = (machine: Machine, device: AcpiDevice): string =>
  `../../..${devpathOf(machine, device).slice('/devices'.length)}`

/**
 * Binds blocks to the device: a `physical_node` link each, numbered from the lowest free number. A block
 * that is bound to it already keeps its link.
 * Source: acpi_bind_one, drivers/acpi/glue.c 6.1.
 * @returns false where one belongs to another device already; those before it stay bound
 */
export function bindBlocks(
  machine: Machine,
  device: AcpiDevice,
  blocks: readonly BlockId[],
): boolean {
  const used = new Set(device.physicalNodes.map(({ id }) => id))
  const firmwareNode = firmwareNodeOf(machine, device)
  const added: PhysicalNode[] = []
  let next = 0
  let allFree = true
  for (const block of blocks) {
    const owner = findBlock(machine, block)?.firmwareNode ?? null
    if (owner === firmwareNode) continue
    if (owner !== null) {
      allFree = false
      break
    }
    while (used.has(next)) next += 1
    added.push({ id: next, block, putOnline: false })
    next += 1
    bindBlock(machine, { id: block, firmwareNode })
  }
  device.physicalNodes = [...device.physicalNodes, ...added].sort((a, b) => a.id - b.id)
  return allFree
}

/** Takes the links between the device and its blocks in `range` away. */
export function unbindBlocks(machine: Machine, device: AcpiDevice, range: Range): void {
  const blocks = new Set(blocksIn(machine, range))
  for (const { block } of device.physicalNodes) {
    if (blocks.has(block)) bindBlock(machine, { id: block, firmwareNode: null })
  }
  device.physicalNodes = device.physicalNodes.filter(({ block }) => !blocks.has(block))
}
