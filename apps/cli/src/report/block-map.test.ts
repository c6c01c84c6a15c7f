import { blockId, nodeId, physAddr } from '@memhp/core'
import type { BlockInfo, Topology } from '@memhp/topology'
import picocolors from 'picocolors'
import { describe, expect, it } from 'vitest'
import { renderBlockMap } from './block-map'

const BLOCK = 2 ** 27

const block = (id: number, zone: string, node = 0): BlockInfo => ({
  id: blockId(id),
  start: physAddr(id * BLOCK),
  end: physAddr((id + 1) * BLOCK),
  state: zone === 'offline' ? 'offline' : 'online',
  zones: zone === 'none' ? { kind: 'mixed' } : { kind: 'in', name: zone },
  nodes: [nodeId(node)],
  removable: null,
  device: null,
  physDevice: null,
  contents: null,
})

/** What the map reads of a topology. */
function topologyOf(blocks: readonly BlockInfo[]): Topology {
  const ids = [...new Set(blocks.flatMap(({ nodes }) => nodes))]
  const nodes = ids.map((id) => ({
    id,
    cpus: id === 0 ? [0, 1] : [],
    blocks: blocks.filter((each) => each.nodes[0] === id).map((each) => each.id),
  }))
  return { blocks, nodes, blockBytes: BLOCK } as unknown as Topology
}

const draw = (blocks: readonly BlockInfo[], going: readonly number[], width = 100): string[] =>
  renderBlockMap(topologyOf(blocks), new Set(going), {
    paint: picocolors.createColors(false),
    width,
  }).split('\n')

describe('the map of blocks', () => {
  it('has a line a node, a letter a block, brackets around what goes, blanks for gaps', () => {
    const blocks = [
      block(0, 'none'),
      block(1, 'Normal'),
      block(4, 'Movable'),
      block(5, 'Movable'),
      block(6, 'offline'),
      block(8, 'Movable', 1),
    ]
    expect(draw(blocks, [5, 6, 8]).slice(0, 2)).toEqual([
      '  node 0    !K M[Mo]  640M, CPUs 0-1',
      '  node 1    [M]       128M, no CPU',
    ])
  })

  it('opens a new bracket behind a gap', () => {
    expect(draw([block(0, 'Normal'), block(2, 'Normal')], [0, 2])[0]).toContain('[K] [K]')
  })

  it('explains the letters that it uses, and no others', () => {
    const legend = draw([block(0, 'Normal'), block(1, 'Movable')], [1])[1]
    expect(legend?.trim()).toBe('K kernel zone, M Movable; one letter a block; in brackets: to go')
  })

  it('joins blocks where there are more than fit, and marks what is mixed', () => {
    const blocks = Array.from({ length: 600 }, (_, id) =>
      block(id, id < 301 ? 'Normal' : 'Movable'),
    )
    const [line = '', legend = ''] = draw(blocks, [], 100)
    expect(line.length).toBeLessThanOrEqual(100)
    expect(line).toMatch(/K+\*M+/)
    expect(legend).toContain('* of several kinds; one letter for 10 blocks')
  })
})
