import { invariant, isAligned, type Machine, rangesOverlap } from '@memhp/core'
import { blocksOf } from './kmem/range'
import { bytesOf, type DaxDevice, daxState, findDevice, regionOfDevice } from './state'

/** Checks the driver's state against the machine's. @throws InvariantViolation */
export function checkDevices(machine: Machine): void {
  const { devices, regions } = daxState(machine)
  for (const { id, seed } of regions)
    invariant(
      seed === null || findDevice(machine, seed) !== undefined,
      `The seed of region ${id} is gone.`,
    )
  for (const device of devices) {
    const { name, ranges, driver, memory } = device
    const region = regionOfDevice(machine, device)
    for (const range of ranges) {
      const { start, end } = range
      invariant(
        region.start <= start && start < end && end <= region.end,
        `${name} leaves its region.`,
      )
      const others = devices.flatMap((other) => other.ranges).filter((other) => other !== range)
      invariant(
        !others.some((other) => rangesOverlap(other, range)),
        `${name} has memory of another.`,
      )
    }
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
  const { ranges, groupId, state } = memory
  const { blockBytes } = machine.geometry
  const isWhole = ranges.every(
    ({ start, end }) => isAligned(start, blockBytes) && isAligned(end, blockBytes),
  )
  invariant(isWhole, `${name} gives whole blocks.`)
  invariant(machine.state.memory.groups.has(groupId), `${name}: group ${groupId} exists`)
  const blocks = ranges.flatMap((range) => blocksOf(machine, range))
  const count = state === 'unplugged' ? 0 : bytesOf(ranges) / blockBytes
  invariant(blocks.length === count, `${name} is ${state} with ${blocks.length} blocks.`)
  for (const block of blocks) {
    invariant(block.groupId === groupId, `memory${block.id} is of the group of ${name}.`)
    invariant(block.nodeId === node, `memory${block.id} is on the node of ${name}.`)
  }
}
