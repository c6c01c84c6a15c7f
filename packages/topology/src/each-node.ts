import type { BareNode } from './topology'

/** Nodes with what is read of each, one after the other. */
export async function withEach<Node extends BareNode, More extends object>(
  nodes: readonly Node[],
  read: (id: Node['id']) => Promise<More>,
): Promise<readonly (Node & More)[]> {
  const found: (Node & More)[] = []
  for (const node of nodes) found.push({ ...node, ...(await read(node.id)) })
  return found
}
