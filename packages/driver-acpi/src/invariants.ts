import { invariant, type Machine } from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import { firmwareNodeOf } from './handler/binding'
import { type AcpiDevice, acpiState } from './state'

/**
 * Checks the driver's state against the machine's.
 * @throws InvariantViolation
 */
export function checkAcpiDevices(machine: Machine): void {
  for (const device of acpiState(machine).devices) {
    checkLinks(machine, device)
    checkMemory(machine, device)
  }
}

function checkLinks(machine: Machine, device: AcpiDevice): void {
  const { name, physicalNodes } = device
  const firmwareNode = firmwareNodeOf(machine, device)
  const blocks = new Set(physicalNodes.map(({ block }) => block))
  invariant(blocks.size === physicalNodes.length, `${name}: one link to each block`)
  physicalNodes.forEach(({ id, block }, index) => {
    const before = physicalNodes[index - 1]
    invariant(before === undefined || before.id < id, `${name}: links are in order`)
    const bound = findBlock(machine, block)?.firmwareNode
    invariant(bound === firmwareNode, `${name}: memory${block} points back to it`)
  })
}

function checkMemory(machine: Machine, device: AcpiDevice): void {
  const { name, memory, enumerated } = device
  if (memory === null) return
  invariant(enumerated, `${name}: has memory, so the scan dealt with it`)
  const { groupId } = memory
  invariant(
    groupId === null || machine.state.memory.groups.has(groupId),
    `${name}: group ${groupId} exists`,
  )
}
