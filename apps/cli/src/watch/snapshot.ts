import type { HostTree } from '@memhp/host'
import {
  blockFile,
  kilobytesOf,
  MEMORY_DIRECTORY,
  NODE_DIRECTORY,
  parseMeminfo,
  TextFault,
} from '@memhp/kernel-files'
import { idsIn } from '@memhp/topology'
import { ifThere } from '../source/if-there'

/** What of a machine's memory is watched, at one moment. */
export interface Snapshot {
  /** States by number, ascending. */
  readonly blocks: ReadonlyMap<number, string>
  readonly nodes: ReadonlySet<number>
  /** In kB; undefined where the tree does not say. */
  readonly memTotal: number | undefined
}

/** In kB; undefined for a text that no kernel writes. */
function memTotalIn(meminfo: string): number | undefined {
  try {
    return kilobytesOf(parseMeminfo(meminfo), 'MemTotal')
  } catch (error) {
    if (error instanceof TextFault) return undefined
    throw error
  }
}

/** Reads the states. A block that goes while it is read is gone. @throws HotplugError NO_SUCH_FILE where there is no memory hot-plug */
export async function readSnapshot(
  tree: Pick<HostTree, 'read' | 'unsorted' | 'texts'>,
): Promise<Snapshot> {
  const ids = idsIn(await tree.unsorted(MEMORY_DIRECTORY), 'memory')
  const texts = await tree.texts(
    MEMORY_DIRECTORY,
    ids.map((id) => `memory${id}/state`),
  )
  const blocks = new Map<number, string>()
  for (const [at, id] of ids.entries()) {
    const text = texts[at] ?? (await ifThere(() => tree.read(blockFile(id, 'state'))))
    if (text !== undefined) blocks.set(id, text.trim())
  }
  const nodes = (await ifThere(() => tree.unsorted(NODE_DIRECTORY))) ?? []
  const meminfo = await ifThere(() => tree.read('/proc/meminfo'))
  return {
    blocks,
    nodes: new Set(idsIn(nodes, 'node')),
    memTotal: meminfo === undefined ? undefined : memTotalIn(meminfo),
  }
}
