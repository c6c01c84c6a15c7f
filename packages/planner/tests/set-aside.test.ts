// Blocks that have a part of what is set aside for contiguous allocation: of which no file tells.
import { physAddr } from '@memhp/core'
import type { Topology } from '@memhp/topology'
import { expect, test } from 'vitest'
import { holdingsOf, predictBlock } from '../src/index'
import { BLOCK_BYTES, blocksFrom, topologyOf } from './topologies'

const MIB = 2 ** 20

/** Boot memory in DMA32 and, from memory4 on, in Movable, as a guest of 1 GiB has it; and a DIMM in Movable at 4 GiB. */
function host(mib: number, known: { readonly iomem: boolean; readonly cma?: string }): Topology {
  const name = 'System RAM'
  const iomem = [
    { start: 0, end: 1024 * MIB - 2 ** 17, name, children: [] },
    { start: 4096 * MIB, end: 4224 * MIB, name, children: [] },
  ]
  const topology = topologyOf({
    blocks: [
      ...blocksFrom(0, 4, { zone: 'DMA32' }),
      ...blocksFrom(4, 8, { zone: 'Movable' }),
      { id: 32, zone: 'Movable', device: 'PNP0C80:00' },
    ],
    ...(known.iomem ? { iomem } : {}),
  })
  const span = { start: physAddr(4 * BLOCK_BYTES), end: physAddr(33 * BLOCK_BYTES) }
  const zones = topology.zones.map((zone) =>
    zone.name === 'Movable'
      ? { ...zone, span, cmaPages: mib * 256, pageblocks: { Movable: 512, CMA: mib / 2 } }
      : zone,
  )
  const kernelParameters = known.cma === undefined ? [] : [{ name: 'cma', value: known.cma }]
  return { ...topology, zones, kernelParameters }
}

/** Blocks that are expected to stay since something is set aside in them. */
const kept = (topology: Topology): readonly number[] =>
  topology.blocks.flatMap((block) => {
    const { outcome, confidence, reasons } = predictBlock(
      topology,
      block,
      holdingsOf(topology, block),
    )
    const isKept = reasons.some(({ kind }) => kind === 'contiguous-memory')
    if (isKept) expect([outcome, confidence]).toEqual(['refuses', 'likely'])
    return isKept ? [block.id] : []
  })

test.each([
  [0, undefined, []],
  [100, undefined, [7]],
  [140, undefined, [6, 7]],
  [64, '64M@640M', [5]],
] as const)('%i MiB of Movable, cma=%s', (mib, cma, expected) => {
  const given = cma === undefined ? {} : { cma }
  // memory7 has a hole at its end, which iomem shows and which comes first.
  const seen = expected.filter((id) => id !== 7)
  expect(kept(host(mib, { iomem: true, ...given }))).toEqual(seen)
  expect(kept(host(mib, { iomem: false, ...given }))).toEqual(expected)
})

test('says how much of what zone it is', () => {
  const topology = host(140, { iomem: true })
  const block = topology.blocks.find(({ id }) => id === 6)
  const prediction = block && predictBlock(topology, block, undefined)
  expect(prediction?.reasons[0]?.message).toContain('node 0, zone Movable, 140 MiB')
})
