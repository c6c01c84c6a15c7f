import type { Errno } from '../errors/errno'

/**
 * Actions of the memory notifier chain; `PREPARE` and `FINISH` stand around everything else.
 * Source: include/linux/memory.h 6.1, 6.12.
 * @public
 */
export type MemoryEvent =
  | 'MEM_PREPARE_ONLINE'
  | 'MEM_GOING_ONLINE'
  | 'MEM_ONLINE'
  | 'MEM_CANCEL_ONLINE'
  | 'MEM_GOING_OFFLINE'
  | 'MEM_OFFLINE'
  | 'MEM_CANCEL_OFFLINE'
  | 'MEM_FINISH_OFFLINE'

/** What a notifier is told. `statusChangeNid` is the node whose memory state changes, or -1. @public */
export interface MemoryNotice {
  readonly startPfn: number
  readonly pageCount: number
  readonly statusChangeNid: number
  readonly statusChangeNidNormal: number
}

/**
 * Answers a notice. An errno refuses with it; `bad` is the bare refusal that reaches the writer as EPERM.
 * Only answers to PREPARE and the two GOING events count.
 * @public
 */
export type MemoryNotifier = (event: MemoryEvent, notice: MemoryNotice) => 'ok' | 'bad' | Errno

/** A notifier of the chain; higher `priority` is called first. @public */
export interface MemoryChainEntry {
  readonly name: string
  readonly priority: number
  readonly notifier: MemoryNotifier
}

/** The blocking chain `memory_chain`: descending priority, registration order among equals. @public */
export interface MemoryChain {
  readonly entries: MemoryChainEntry[]
}
