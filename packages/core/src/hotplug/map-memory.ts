import { recordMapping } from '../machine/journal'
import type { ArchAddRequest, ArchRemoveRequest } from '../model/arch'
import type { Machine } from '../model/machine'

/** Has the arch map memory, and notes what came. @throws HotplugError as `Arch.addMemory` */
export function mapMemory(machine: Machine, request: ArchAddRequest): void {
  const change = machine.arch.addMemory(machine, request)
  recordMapping(machine, { operation: 'add', range: request.range, change })
}

/** Has the arch take the mapping of memory away, and notes what went and what is left. */
export function unmapMemory(machine: Machine, request: ArchRemoveRequest): void {
  const change = machine.arch.removeMemory(machine, request)
  recordMapping(machine, { operation: 'remove', range: request.range, change })
}
