import { nodeFile } from '@memhp/kernel-files'
import type { Source } from './source'
import type { BareNode, NodeInfo } from './topology'

const MEANING = 'Whether pages of the node had hardware errors is unknown.'

/** Nodes with how many of their pages had hardware errors, where the kernel counts them. Source: drivers/base/node.c 6.12 */
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
