import type { Errno } from '../errors/errno'
import { HotplugError } from '../errors/hotplug-error'
import type {
  MemoryChain,
  MemoryChainEntry,
  MemoryEvent,
  MemoryNotice,
} from '../model/memory-chain'

export const createMemoryChain = (): MemoryChain => ({ entries: [] })

/**
 * Registers a notifier behind those of the same priority.
 * @returns takes it out again
 * @public
 */
export function registerMemoryNotifier(chain: MemoryChain, entry: MemoryChainEntry): () => void {
  const index = chain.entries.findIndex((other) => other.priority < entry.priority)
  chain.entries.splice(index === -1 ? chain.entries.length : index, 0, entry)
  return () => {
    const place = chain.entries.indexOf(entry)
    if (place !== -1) chain.entries.splice(place, 1)
  }
}

/**
 * Asks the chain whether a transition may go on; the first refusal ends the walk.
 * @throws HotplugError NOTIFIER_REFUSED with the notifier's errno, EPERM for a bare refusal
 */
export function askMemoryChain(
  chain: MemoryChain,
  event: 'MEM_PREPARE_ONLINE' | 'MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE',
  notice: MemoryNotice,
): void {
  for (const { name, notifier } of chain.entries) {
    const answer = notifier(event, notice)
    if (answer === 'ok') continue
    const errno: Errno = answer === 'bad' ? 'EPERM' : answer
    throw new HotplugError('NOTIFIER_REFUSED', errno, `Notifier ${name} refused ${event}.`, {
      detail: { notifier: name, event, ...notice },
    })
  }
}

/** Tells the whole chain, whatever it answers. */
export function tellMemoryChain(
  chain: MemoryChain,
  event: MemoryEvent,
  notice: MemoryNotice,
): void {
  for (const { notifier } of chain.entries) notifier(event, notice)
}
