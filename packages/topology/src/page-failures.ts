import { nodeFile } from '@memhp/kernel-files'
import type { Source } from './source'
import type { BareNode, NodeInfo } from './topology'

const MEANING = 'Pages of the node that failed are not counted.'

/** Nodes with how many of their pages failed, where the kernel counts them. */
export async function withPageFailures<Node extends BareNode>(
  source: Source,
  nodes: readonly Node[],
): Promise<readonly (Node & Pick<NodeInfo, 'pageFailures'>)[]> {
  const found: (Node & Pick<NodeInfo, 'pageFailures'>)[] = []
  for (const node of nodes) {
    const text = await source.optionalText(nodeFile(node.id, 'memory_failure/total'), MEANING)
    const pageFailures = Number(text?.trim() || Number.NaN)
    found.push(Number.isSafeInteger(pageFailures) ? { ...node, pageFailures } : node)
  }
  return found
}
