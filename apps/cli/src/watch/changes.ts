import type { Snapshot } from './snapshot'

/** A difference between two moments. `null` stands for what is not there. */
export type Change =
  | {
      readonly what: 'block'
      readonly block: number
      readonly from: string | null
      readonly to: string | null
    }
  | {
      readonly what: 'node'
      readonly node: number
      readonly from: 'there' | null
      readonly to: 'there' | null
    }
  /** MemTotal, in kB. */
  | { readonly what: 'memTotal'; readonly from: number | null; readonly to: number | null }

/** What has changed, blocks first, ascending. */
export function changesBetween(before: Snapshot, now: Snapshot): readonly Change[] {
  const changes: Change[] = []
  const ids = new Set([...before.blocks.keys(), ...now.blocks.keys()])
  for (const block of [...ids].sort((a, b) => a - b)) {
    const [from = null, to = null] = [before.blocks.get(block), now.blocks.get(block)]
    if (from !== to) changes.push({ what: 'block', block, from, to })
  }
  for (const node of [...new Set([...before.nodes, ...now.nodes])].sort((a, b) => a - b)) {
    const from = before.nodes.has(node) ? 'there' : null
    const to = now.nodes.has(node) ? 'there' : null
    if (from !== to) changes.push({ what: 'node', node, from, to })
  }
  if (before.memTotal !== now.memTotal)
    changes.push({ what: 'memTotal', from: before.memTotal ?? null, to: now.memTotal ?? null })
  return changes
}

/** The uevent that announces a change; undefined for one that none does. */
export function ueventOf(
  change: Change,
): { readonly action: string; readonly name: string } | undefined {
  switch (change.what) {
    case 'memTotal':
      return undefined
    case 'node':
      return { action: change.to === null ? 'remove' : 'add', name: `node${change.node}` }
    case 'block': {
      const name = `memory${change.block}`
      if (change.from === null) return { action: 'add', name }
      if (change.to === null) return { action: 'remove', name }
      // What is on its way is announced when it is there.
      return change.to === 'online' || change.to === 'offline'
        ? { action: change.to, name }
        : undefined
    }
  }
}
