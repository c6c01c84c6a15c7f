import { expect, test } from 'vitest'
import { explainBlock } from '../src/index'
import { BLOCK_PAGES, type BlockSketch, topologyOf } from './topologies'

/** What is said of a block that answered EHWPOISON. */
function verdictOf(sketch: Omit<BlockSketch, 'id'>): string {
  const topology = topologyOf({ blocks: [{ id: 32, zone: 'Movable', ...sketch }] })
  const [block] = topology.blocks
  if (block === undefined) throw new Error('no block')
  return explainBlock(topology, block, { errno: 'EHWPOISON' }).verdict
}

test.each([
  [
    { counts: { poisoned: 3, free: BLOCK_PAGES - 3 } },
    'memory32 has 3 pages with hardware errors: a kernel that answers EHWPOISON does not bring it online again once it is offline.',
  ],
  [
    { counts: { free: BLOCK_PAGES } },
    'memory32 is online: what refused it (EHWPOISON) has passed.',
  ],
  [
    { state: 'offline' as const, counts: { hole: BLOCK_PAGES } },
    'memory32 does not come online: a page of it had a hardware error. Page flags do not tell of blocks that are offline.',
  ],
])('EHWPOISON of a block is explained by what it has: %j', (sketch, verdict) => {
  expect(verdictOf(sketch)).toBe(verdict)
})
