import { invariant, isAligned, type Machine } from '@memhp/core'
import { blocksOf } from './kmem/range'
import { type DaxDevice, daxState } from './state'

/** Checks the driver's state against the machine's. @throws InvariantViolation */
export function checkDevices(machine: Machine): void {
  for (const device of daxState(machine).devices) {
    const { name, sizeBytes, regionBytes, driver, memory } = device
    invariant(sizeBytes <= regionBytes, `${name} is larger than its region.`)
    invariant(
      driver !== 'kmem' || memory !== null,
      `${name} is bound to kmem, which keeps nothing of it.`,
    )
    checkMemory(machine, device)
  }
}

/** Its blocks are there as long as it gives the kernel any, and are of its group. */
function checkMemory(machine: Machine, { name, memory, node }: DaxDevice): void {
  if (memory === null) return
  const { range, groupId, state } = memory
  const { blockBytes } = machine.geometry
  const isWhole = isAligned(range.start, blockBytes) && isAligned(range.end, blockBytes)
  invariant(isWhole, `${name} gives whole blocks.`)
  invariant(machine.state.memory.groups.has(groupId), `${name}: group ${groupId} exists`)
  const blocks = blocksOf(machine, range)
  const count = state === 'unplugged' ? 0 : (range.end - range.start) / blockBytes
  invariant(blocks.length === count, `${name} is ${state} with ${blocks.length} blocks.`)
  for (const block of blocks) {
    invariant(block.groupId === groupId, `memory${block.id} is of the group of ${name}.`)
    invariant(block.nodeId === node, `memory${block.id} is on the node of ${name}.`)
  }
}
