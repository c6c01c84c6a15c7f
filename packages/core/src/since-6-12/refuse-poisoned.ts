import { blockRange } from '../block/block-table'
import { HotplugError } from '../errors/hotplug-error'
import { poisonedPages } from '../isolation/online-range'
import type { MemoryBlock } from '../model/block'
import type { Machine } from '../model/machine'

/**
 * A block with a poisoned page does not come online.
 * @throws HotplugError BLOCK_POISONED (EHWPOISON)
 * Source: memory_block_online, drivers/base/memory.c 6.12
 */
export function refusePoisoned(machine: Machine, { id }: Readonly<MemoryBlock>): void {
  const [page] = poisonedPages(machine, blockRange(machine, id))
  if (page === undefined) return
  const text = `memory${id} has a poisoned page, 0x${page.toString(16)}.`
  throw new HotplugError('BLOCK_POISONED', 'EHWPOISON', text, { detail: { block: id, pfn: page } })
}
