import { nodeFile } from '@memhp/kernel-files'
import type { Source } from './source'
import type { BareNode, HugePagePool, NodeInfo } from './topology'

/** Reads the pools of huge pages of a node. @returns undefined where it has none, or what there is cannot be read */
async function readHugePages(source: Source, id: NodeInfo['id']): Promise<NodeInfo['hugePages']> {
  const directory = nodeFile(id, 'hugepages')
  const meaning = 'Huge pages are not counted.'
  const pools: HugePagePool[] = []
  for (const name of (await source.optionalNames(directory, meaning)) ?? []) {
    const pageBytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0) * 1024
    const [pages, freePages] = [
      Number(await source.optionalText(`${directory}/${name}/nr_hugepages`, meaning)),
      Number(await source.optionalText(`${directory}/${name}/free_hugepages`, meaning)),
    ]
    if (pageBytes > 0 && Number.isSafeInteger(pages + freePages))
      pools.push({ pageBytes, pages, freePages })
  }
  return pools.length === 0 ? undefined : pools
}

/** Nodes with their pools of huge pages. */
export async function withHugePages<Node extends BareNode>(
  source: Source,
  nodes: readonly Node[],
): Promise<readonly (Node & Pick<NodeInfo, 'hugePages'>)[]> {
  const found: (Node & Pick<NodeInfo, 'hugePages'>)[] = []
  for (const node of nodes) {
    const hugePages = await readHugePages(source, node.id)
    found.push(hugePages === undefined ? node : { ...node, hugePages })
  }
  return found
}
