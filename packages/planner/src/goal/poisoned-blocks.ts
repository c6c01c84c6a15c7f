import { HotplugError } from '@memhp/core'
import type { BlockInfo, Topology } from '@memhp/topology'
import { poisonedIn } from '../predict/holdings'

/**
 * Online blocks that have pages with hardware errors: what a goal names where failing memory is to go.
 * @returns ascending, at least one
 * @throws HotplugError NOT_READABLE where no page flags were read, which alone tell of blocks; NO_SUCH_BLOCK where none has such a page
 */
export function poisonedBlocks({ blocks, totals }: Topology): readonly BlockInfo[] {
  const found = blocks.filter((block) => poisonedIn(block) > 0)
  if (found.length > 0) return found
  if (totals.hardwareCorruptedBytes !== 0 && blocks.every(({ contents }) => contents === null))
    throw new HotplugError(
      'NOT_READABLE',
      'EACCES',
      'Only page flags tell which blocks have pages with hardware errors, and none were read: /proc/kpageflags needs root.',
    )
  throw new HotplugError(
    'NO_SUCH_BLOCK',
    'ENOENT',
    'No online block has a page with a hardware error.',
  )
}
