import type { NodeId } from '../address/brand'
import type { ChainEntry, NotifierChain } from './notifier-chain'

/**
 * Actions of the node notifier chain, which kernels have since 6.17: a node gets its first memory, or loses its last.
 * Source: probes of node_notify and memory_notify on 6.17.13, 6.18.15 and 7.3.4; spec/linux-6.12-to-7.3.md, answer 16.
 * @public
 */
export type NodeEvent =
  | 'NODE_ADDING_FIRST_MEMORY'
  | 'NODE_ADDED_FIRST_MEMORY'
  | 'NODE_CANCEL_ADDING_FIRST_MEMORY'
  | 'NODE_REMOVING_LAST_MEMORY'
  | 'NODE_REMOVED_LAST_MEMORY'
  | 'NODE_CANCEL_REMOVING_LAST_MEMORY'

/** What a notifier of nodes is told. @public */
export interface NodeNotice {
  readonly nodeId: NodeId
}

/** A notifier of the node chain. @public */
export type NodeChainEntry = ChainEntry<NodeEvent, NodeNotice>

/** The blocking chain `node_chain`. @public */
export type NodeChain = NotifierChain<NodeEvent, NodeNotice>
