import { formatExactSize } from '@memhp/kernel-files'
import type { BlockInfo, Topology } from '@memhp/topology'
import { kernelOf } from './kernel'
import type { Prediction } from './prediction'

/**
 * What becomes of a block that a huge page covers which is larger than it. Until 6.9 none but its last block goes, be the page free
 * or in use; later a free one goes with any block. One in use needs another of its size: the kernel makes none.
 * @param gone blocks that have gone before it
 * @returns undefined where there is no such page in the block, or it is not known
 * Source: guests of 6.1, 6.12 and 7.3.
 */
export function keptByGiganticPage(
  topology: Topology,
  block: BlockInfo,
  gone: ReadonlySet<number>,
): Prediction | undefined {
  const [node] = block.nodes
  const whole = (block.end - block.start) / topology.pageBytes
  const counted = block.contents?.counts.hugetlb
  if (node === undefined || counted === undefined || counted < whole) return undefined
  const { hugePages = [] } = topology.nodes.find(({ id }) => id === node) ?? {}
  const pools = hugePages.filter(({ pages }) => pages > 0)
  const pool = pools.find(({ pageBytes }) => pageBytes > topology.blockBytes)
  if (pool === undefined) return undefined
  const hasOtherSizes = pools.some(({ pageBytes }) => pageBytes !== pool.pageBytes)
  const confidence = hasOtherSizes ? 'uncertain' : 'likely'
  const name = `memory${block.id} lies in a huge page of ${formatExactSize(pool.pageBytes)}`
  const refuse = (outcome: Prediction['outcome'], message: string): Prediction => ({
    outcome,
    confidence,
    reasons: [{ kind: 'huge-pages', message, pages: counted }],
  })
  const first = (block.start - (block.start % pool.pageBytes)) / topology.blockBytes
  const last = first + pool.pageBytes / topology.blockBytes - 1
  const isGone = [...gone].some((id) => first <= id && id <= last)
  if (isGone) return { outcome: 'goes', confidence, reasons: [] }
  if (block.id !== last && keepsParts(topology))
    return refuse('refuses', `${name}, of which this kernel lets none but the last block go.`)
  if (pool.freePages === pool.pages) return { outcome: 'goes', confidence, reasons: [] }
  const others = topology.nodes.filter(({ id }) => id !== node)
  const hasOther = (others.length === 0 ? topology.nodes : others).some(({ hugePages = [] }) =>
    hugePages.some(({ pageBytes, freePages }) => pageBytes === pool.pageBytes && freePages > 0),
  )
  if (hasOther || pool.freePages > 0) return undefined
  return refuse('stalls', `${name} in use, and no other node has a free one of that size.`)
}

const keepsParts = (topology: Topology): boolean =>
  kernelOf(topology)?.generation.rules.offline.partOfGigantic === 'refused'
