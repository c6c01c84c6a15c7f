import { nodeFile } from '@memhp/kernel-files'
import { withEach } from './each-node'
import type { Source } from './source'
import type { BareNode, NodeInfo } from './topology'

/** Reads how many pages of a node failed; nothing where the kernel does not count them. */
async function readPageFailures(
  source: Source,
  id: NodeInfo['id'],
): Promise<Pick<NodeInfo, 'pageFailures'>> {
  const path = nodeFile(id, 'memory_failure/total')
  const text = await source.optionalText(path, 'Pages of the node that failed are not counted.')
  const pageFailures = Number(text?.trim() || Number.NaN)
  return Number.isSafeInteger(pageFailures) ? { pageFailures } : {}
}

/** Nodes with how many of their pages failed. */
export const withPageFailures = <Node extends BareNode>(
  source: Source,
  nodes: readonly Node[],
): Promise<readonly (Node & Pick<NodeInfo, 'pageFailures'>)[]> =>
  withEach(nodes, (id) => readPageFailures(source, id))
