import { type BlockId, blockId, type Machine, physAddr } from '@memhp/core'
import { blockRange, findBlock } from '@memhp/core/inspect'
import type { Scope } from '@memhp/rehearsal'
import type { Recorded } from './recorder'

/** Blocks as ranges of bytes, neighbours joined. @param ids ascending */
function rangesOf(machine: Machine, ids: readonly BlockId[]): Scope['ranges'] {
  const { pageBytes } = machine.geometry
  const ranges: { start: number; end: number }[] = []
  for (const id of ids) {
    const pages = blockRange(machine, id)
    const [start, end] = [pages.start * pageBytes, pages.end * pageBytes]
    const last = ranges.at(-1)
    if (last?.end === start) last.end = end
    else ranges.push({ start, end })
  }
  return ranges.map(({ start, end }) => ({ start: physAddr(start), end: physAddr(end) }))
}

/**
 * What a recording of a story is about: the memory that comes and goes in it.
 * @param seen every block that the story writes, and devices and nodes that it had at any time
 */
export function recordedStory(
  machine: Machine,
  seen: { readonly blocks: ReadonlySet<number>; readonly devices: ReadonlySet<string> },
): Omit<Recorded, 'steps' | 'fault'> {
  const ids = [...seen.blocks].sort((a, b) => a - b).map(blockId)
  // Memory of boot that a story only takes offline keeps all that describes it.
  const hot = ids.filter((id) => findBlock(machine, id)?.early !== true)
  const counted = hot.length > 0 ? hot : ids
  const ranges = rangesOf(machine, counted)
  const nodes = [...machine.state.memory.nodes.keys()].sort((a, b) => a - b)
  return {
    scope: { ranges, blocks: counted, emptied: ranges, devices: [...seen.devices].sort(), nodes },
    going: new Set<number>(),
    watched: ids,
  }
}
