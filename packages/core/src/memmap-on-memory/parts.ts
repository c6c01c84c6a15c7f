import { physAddr } from '../address/brand'
import type { PhysRange } from '../address/range'
import { rangeSize } from '../address/range'
import { blockIdsOfRange } from '../block/block-table'
import { HotplugError } from '../errors/hotplug-error'
import { say } from '../machine/say'
import type { Machine } from '../model/machine'
import type { Adding, Removing } from '../model/steps'

const rangeOfBlock = ({ geometry: { blockBytes } }: Machine, id: number): PhysRange => ({
  start: physAddr(id * blockBytes),
  end: physAddr((id + 1) * blockBytes),
})

/** What is added at a time: each block. */
export const blocksToAdd = (machine: Machine, adding: Adding): readonly Adding[] =>
  blockIdsOfRange(machine, adding.range).map((id) => ({
    ...adding,
    range: rangeOfBlock(machine, id),
  }))

/** What is removed at a time: each block. */
export const blocksToRemove = (machine: Machine, removing: Removing): readonly Removing[] =>
  removing.blocks.map((block) => ({
    ...removing,
    range: rangeOfBlock(machine, block.id),
    blocks: [block],
  }))

/** @throws HotplugError WRONG_GRANULARITY (EINVAL) where a kernel does not remove so much of it at once, or other memory with it */
export function refuseGranularity(machine: Machine, { range, blocks }: Removing): void {
  const { unit } = machine.generation.rules.memmapOnMemory
  const fits =
    unit === 'range'
      ? rangeSize(range) === machine.geometry.blockBytes
      : blocks.every(({ selfHostedPages }) => selfHostedPages > 0)
  if (fits) return
  say(machine, 'removeGranularity', {})
  throw new HotplugError(
    'WRONG_GRANULARITY',
    'EINVAL',
    unit === 'range'
      ? 'Memory that holds its own memmap goes block by block.'
      : 'Some blocks of the range hold their own memmap, and some do not.',
    { detail: { ...range } },
  )
}
