import { parseKernelLog } from '@memhp/kernel-files'
import { expect, test } from 'vitest'
import { explainBlock, explainDevice, logFactsIn } from '../src/index'
import { BLOCK_PAGES, type BlockSketch, blocksFrom, topologyOf } from './topologies'

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

test('lines of the log about a device and about its blocks are told of it, and no others', () => {
  const device = 'PNP0C80:01'
  const topology = topologyOf({
    blocks: [...blocksFrom(0, 32), ...blocksFrom(32, 36, { zone: 'Movable', device })],
  })
  const [found] = topology.devices
  if (found === undefined) throw new Error('no device')
  const lines = [
    'memory memory31: Offline failed.',
    'memory memory33: Offline failed.',
    `acpi ${device}: add_memory failed`,
    'acpi PNP0C80:02: add_memory failed',
    'failed to isolate pfn 118000',
  ]
  const { evidence } = explainDevice(topology, found, {
    log: logFactsIn(parseKernelLog(lines.join('\n'))),
  })
  const told = evidence.flatMap(({ from }) => /^kernel log, line (\d)$/.exec(from)?.[1] ?? [])
  expect(told).toEqual(['2', '3', '5'])
})
