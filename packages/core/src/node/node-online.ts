import { emitUevent } from '../machine/journal'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import { nodeDevice } from './node-table'

/** Enters a node in `online`. */
export function enterNodeOnline(machine: Machine, node: MemoryNode): void {
  node.online = true
  emitUevent(machine, 'add', nodeDevice(node.id))
}

/** Takes a node out of `online`. */
export function takeNodeOffline(machine: Machine, node: MemoryNode): void {
  node.online = false
  machine.generation.code?.forgetZones(machine, node.id)
  emitUevent(machine, 'remove', nodeDevice(node.id))
}
