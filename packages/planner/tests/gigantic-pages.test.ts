// Blocks that a huge page of 1 GiB covers: what kernels let go of it, and when.
import type { HugePagePool, Topology } from '@memhp/topology'
import { describe, expect, test } from 'vitest'
import { holdingsOf, predictBlock } from '../src/index'
import { predictTarget } from '../src/predict/predict-target'
import { BLOCK_PAGES, topologyOf } from './topologies'

const GIB = 2 ** 30

/** Blocks 32 to 39 of node 1, all of them in huge pages, beside boot memory of node 0. */
function host(release: string, pools: Readonly<Record<number, readonly HugePagePool[]>>): Topology {
  const huge = Array.from({ length: 8 }, (_, i) => ({
    id: 32 + i,
    node: 1,
    counts: { hugetlb: BLOCK_PAGES },
  }))
  const topology = topologyOf({ blocks: [{ id: 0 }, { id: 1 }, ...huge] })
  const nodes = topology.nodes.map((node) => ({ ...node, hugePages: pools[node.id] ?? [] }))
  return { ...topology, release, nodes }
}

const pool = (pages: number, freePages: number, pageBytes = GIB): HugePagePool => ({
  pageBytes,
  pages,
  freePages,
})

const of = (topology: Topology, id: number): string => {
  const block = topology.blocks.find((each) => each.id === id)
  if (block === undefined) throw new Error('The block is there.')
  const { outcome, confidence, reasons } = predictBlock(
    topology,
    block,
    holdingsOf(topology, block),
  )
  return [outcome, confidence, ...reasons.map(({ kind }) => kind)].join(' ')
}

describe.each([
  ['6.1.0-57-cloud-amd64', 'refuses likely huge-pages'],
  ['6.12.117+deb13-cloud-amd64', 'goes likely'],
  ['7.3.4+deb13-cloud-amd64', 'goes likely'],
])('on %s', (release, part) => {
  test('one that is free', () => {
    const topology = host(release, { 1: [pool(1, 1)] })
    expect([of(topology, 32), of(topology, 38), of(topology, 39)]).toEqual([
      part,
      part,
      'goes likely',
    ])
  })

  test('one in use, with a free one elsewhere and without', () => {
    const stalls = 'stalls likely huge-pages'
    const alone = host(release, { 0: [pool(1, 0)], 1: [pool(1, 0)] })
    expect([of(alone, 38), of(alone, 39)]).toEqual([part === 'goes likely' ? stalls : part, stalls])
    const helped = host(release, { 0: [pool(1, 1)], 1: [pool(1, 0)] })
    expect(of(helped, 39)).toBe('goes uncertain huge-pages')
  })

  test('the last of its blocks first, and the others go as well', () => {
    const topology = host(release, { 1: [pool(1, 1)] })
    const down = topology.blocks.filter(({ id }) => id >= 32).toReversed()
    expect(predictTarget(topology, down).prediction.outcome).toBe('goes')
    const up = predictTarget(topology, down.toReversed()).prediction.outcome
    expect(up).toBe(part === 'goes likely' ? 'goes' : 'refuses')
  })

  test('where there are smaller ones, too, it is not known which lie where', () => {
    const topology = host(release, { 1: [pool(1, 1), pool(512, 512, 2 ** 21)] })
    expect(of(topology, 32)).toBe(part.replace('likely', 'uncertain'))
  })
})

test('smaller ones alone are as before', () => {
  const topology = host('6.1.0-57-cloud-amd64', { 1: [pool(512, 0, 2 ** 21)] })
  expect(of(topology, 32)).toBe('goes uncertain huge-pages')
})
