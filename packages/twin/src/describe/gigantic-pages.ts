import type { BootBlockFacts, GiganticPageFacts } from '@memhp/core'
import { nodeFile } from '@memhp/kernel-files'
import { type HostFacts, rangeOfBlock } from './host-facts'

/** Pages of a size in the pool of a node. */
function poolOf(facts: HostFacts, node: number, bytes: number): { pages: number; free: number } {
  const directory = nodeFile(node, `hugepages/hugepages-${bytes / 1024}kB`)
  const count = (name: string): number => {
    const text = facts.text(`${directory}/${name}`) ?? ''
    return /^\d+$/.test(text) ? Number(text) : 0
  }
  const pages = count('nr_hugepages')
  return { pages, free: Math.min(pages, count('free_hugepages')) }
}

/**
 * Where the gigantic pages of a host lie: in stretches of their size whose blocks hold huge pages of one state and nothing else. Of
 * those that are free the highest are taken, of those in use the lowest.
 * @param blocks whose use is described, ascending
 * @param bytes of a gigantic page
 */
export function describeGiganticPages(
  facts: HostFacts,
  blocks: readonly BootBlockFacts[],
  bytes: number,
): readonly GiganticPageFacts[] {
  const stretches = wholeStretches(facts, blocks, bytes)
  const nodes = new Set(blocks.flatMap((block) => block.nodes))
  const found = [...nodes].flatMap((node) => {
    const { pages, free } = poolOf(facts, node, bytes)
    const of = (state: GiganticPageFacts['state']) =>
      stretches.filter((each) => each.node === node && each.state === state)
    const placed = [
      ...of('used').slice(0, pages - free),
      ...(free === 0 ? [] : of('free').slice(-free)),
    ]
    if (pages > 0)
      facts.assume(
        `Of ${pages} huge pages of ${bytes / 2 ** 20} MiB of node ${node}, ${placed.length} lie where whole blocks hold huge pages; the others are taken to be smaller ones.`,
      )
    return placed
  })
  return found.map(({ start, state }) => ({ start, state })).toSorted((a, b) => a.start - b.start)
}

interface Stretch extends GiganticPageFacts {
  readonly node: number
}

function wholeStretches(
  facts: HostFacts,
  blocks: readonly BootBlockFacts[],
  bytes: number,
): readonly Stretch[] {
  const stateOf = new Map(
    blocks.flatMap(({ id, use, nodes: [node, ...others] }) => {
      const { pagesPerBlock: all } = facts
      const state = use?.hugetlb === all ? 'used' : use?.hugetlbFree === all ? 'free' : undefined
      return state === undefined || node === undefined || others.length > 0
        ? []
        : [[id, { state, node }] as const]
    }),
  )
  const blocksOfPage = bytes / facts.blockBytes
  return [...stateOf].flatMap(([id, { state, node }]) => {
    const { start } = rangeOfBlock(facts, id)
    if (start % bytes !== 0) return []
    const isWhole = Array.from({ length: blocksOfPage }, (_, i) => stateOf.get(id + i)).every(
      (other) => other?.state === state && other.node === node,
    )
    return isWhole ? [{ start, state, node }] : []
  })
}
