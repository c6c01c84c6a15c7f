import { recordMapping } from '../machine/journal'
import { laterCodeOf } from '../machine/kernel-code'
import type { ArchAddRequest, ArchRemoveRequest } from '../model/arch'
import type { Machine } from '../model/machine'

/** Has the arch map memory, and notes what came. @throws HotplugError as `Arch.addMemory` */
export function mapMemory(machine: Machine, request: ArchAddRequest): void {
  const change = machine.arch.addMemory(machine, request)
  recordMapping(machine, { operation: 'add', range: request.range, change })
  const { journal } = machine.state
  journal.endPfn = Math.max(journal.endPfn, request.range.end / machine.geometry.pageBytes)
}

/** Has the arch take the mapping of memory away, and notes what went and what is left. */
export function unmapMemory(machine: Machine, request: ArchRemoveRequest): void {
  const removed = machine.arch.removeMemory(machine, request)
  const change =
    machine.generation.rules.mapping.bootPages === 'freed'
      ? laterCodeOf(machine).freeBootPages(machine, request.nodeId, removed)
      : removed
  machine.generation.code?.countBootTables(machine, change)
  recordMapping(machine, { operation: 'remove', range: request.range, change })
}
