import { nodeFile } from '@memhp/kernel-files'
import { withEach } from './each-node'
import type { Source } from './source'
import type { BareNode, HugePagePool, NodeInfo } from './topology'

/** Reads the pools of huge pages of a node; nothing where it has none, or what there is cannot be read. */
async function readHugePages(
  source: Source,
  id: NodeInfo['id'],
): Promise<Pick<NodeInfo, 'hugePages'>> {
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
  return pools.length === 0 ? {} : { hugePages: pools }
}

/** Nodes with their pools of huge pages. */
export const withHugePages = <Node extends BareNode>(
  source: Source,
  nodes: readonly Node[],
): Promise<readonly (Node & Pick<NodeInfo, 'hugePages'>)[]> =>
  withEach(nodes, (id) => readHugePages(source, id))
