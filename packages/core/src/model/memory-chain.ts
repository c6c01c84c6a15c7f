import type { PfnRange } from '../address/range'
import type { ChainEntry, NotifierAnswer, NotifierChain } from './notifier-chain'

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

/** Answers a notice. @public */
export type MemoryNotifier = (event: MemoryEvent, notice: MemoryNotice) => NotifierAnswer

/** A notifier of the memory chain. @public */
export interface MemoryChainEntry extends ChainEntry<MemoryEvent, MemoryNotice> {
  /** Whether it keeps pages from going offline, whatever they hold: asked without effect. None where absent. */
  readonly keeps?: (pages: PfnRange) => boolean
}

/** The blocking chain `memory_chain`. @public */
export interface MemoryChain extends NotifierChain<MemoryEvent, MemoryNotice> {
  readonly entries: MemoryChainEntry[]
}
