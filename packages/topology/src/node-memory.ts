import { type NodeFacts, numberList } from './nodes'
import type { Source } from './source'
import type { BareTopology, NodeInfo } from './topology'

/** The nodes with the kinds of memory that they have online. @param reading `nodes`: those with a directory */
export async function withMemory(
  source: Source,
  reading: {
    readonly topology: Pick<BareTopology, 'nodes'>
    readonly nodes: Pick<NodeFacts, 'nodes'>
  },
): Promise<readonly NodeInfo[]> {
  const shown = new Set<number>(reading.nodes.nodes.map(({ id }) => id))
  const list = async (name: string, meaning: string): Promise<readonly number[] | undefined> =>
    shown.size === 0 ? undefined : numberList(source, name, meaning)
  const memory = await list('has_memory', 'Which nodes have memory is unknown.')
  const normal = await list('has_normal_memory', 'Which nodes have kernel memory is unknown.')
  return reading.topology.nodes.map((node) => {
    const isIn = (ids: readonly number[] | undefined): boolean | null =>
      shown.has(node.id) ? (ids?.includes(node.id) ?? null) : null
    return { ...node, hasMemory: isIn(memory), hasNormalMemory: isIn(normal) }
  })
}
