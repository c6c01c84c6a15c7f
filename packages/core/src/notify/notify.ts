import { nodeId } from '../address/brand'
import type { Machine } from '../model/machine'
import type {
  MemoryChain,
  MemoryChainEntry,
  MemoryEvent,
  MemoryNotice,
} from '../model/memory-chain'
import type { NodeChain, NodeChainEntry, NodeEvent } from '../model/node-chain'
import { ask, register, tell } from './chain'

export const createChain = (): { entries: [] } => ({ entries: [] })

/**
 * Registers a notifier of memory behind those of the same priority. A walk of the chain that is under way does not meet it.
 * @returns takes it out again
 * @public
 */
export const registerMemoryNotifier = (
  { entries }: MemoryChain,
  entry: MemoryChainEntry,
): (() => void) => register(entries, entry)

/**
 * Registers a notifier of nodes, likewise. Kernels without that chain (`notifier.nodes` of the generation) never call it.
 * @returns takes it out again
 * @public
 */
export const registerNodeNotifier = ({ entries }: NodeChain, entry: NodeChainEntry): (() => void) =>
  register(entries, entry)

/** Events that ask. */
type MemoryQuestion = 'MEM_PREPARE_ONLINE' | 'MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE'
type NodeQuestion = 'NODE_ADDING_FIRST_MEMORY' | 'NODE_REMOVING_LAST_MEMORY'

/** Asks the memory chain whether a transition may go on. @throws HotplugError NOTIFIER_REFUSED */
export const askMemoryChain = (
  machine: Machine,
  event: MemoryQuestion,
  notice: MemoryNotice,
): void => ask(machine, machine.memoryChain, { event, notice })

/** Tells the whole memory chain, whatever it answers. */
export const tellMemoryChain = (machine: Machine, event: MemoryEvent, notice: MemoryNotice): void =>
  tell(machine, machine.memoryChain, { event, notice })

/** Asks the node chain, where the node's memory state changes. @throws HotplugError NOTIFIER_REFUSED */
export function askNodeChain(
  machine: Machine,
  event: NodeQuestion,
  { statusChangeNid }: MemoryNotice,
): void {
  if (statusChangeNid < 0) return
  ask(machine, machine.nodeChain, { event, notice: { nodeId: nodeId(statusChangeNid) } })
}

/** Tells the whole node chain, where the node's memory state changes. */
export function tellNodeChain(
  machine: Machine,
  event: NodeEvent,
  { statusChangeNid }: MemoryNotice,
): void {
  if (statusChangeNid < 0) return
  tell(machine, machine.nodeChain, { event, notice: { nodeId: nodeId(statusChangeNid) } })
}
