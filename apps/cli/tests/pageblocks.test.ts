import { fileURLToPath } from 'node:url'
import { readCaptureFile } from '@memhp/host'
import { predictBlock } from '@memhp/planner'
import { expect, it } from 'vitest'
import { readCaptured } from '../src/source/capture-source'
import { runCli } from './run-cli'

const CAPTURE = fileURLToPath(
  new URL('../../../captures/x86_64-dimms-zones.json.gz', import.meta.url),
)

it('explain and plan tell how many pageblocks of a zone the kernel keeps in place', async () => {
  const capture = await readCaptureFile(CAPTURE)
  const topology = await readCaptured(capture)
  const kernelZone = topology.zones.find(({ name }) => name === 'DMA32')
  const { pageblocks = {} } = kernelZone ?? {}
  expect(pageblocks.Movable).toBeGreaterThan(0)
  expect(pageblocks.Unmovable).toBeGreaterThan(0)
  const all = Object.values(pageblocks).reduce((sum, count) => sum + count, 0)
  const { stdout } = await runCli(['explain', 'memory1', '--capture', CAPTURE, '--json'])
  const [{ evidence }] = JSON.parse(stdout).explanations
  const [told] = evidence.filter(({ from }: { from: string }) => from === '/proc/pagetypeinfo')
  expect(told.says).toContain(`of ${all} pageblocks of node 0, zone DMA32`)
  expect(told.says).toContain(`${pageblocks.Unmovable} Unmovable`)
  // Where no page flags are known the guess says what it rests on.
  const block = topology.blocks.find(
    ({ id, zones }) => id > 1 && zones.kind === 'in' && zones.name === 'DMA32',
  )
  if (block === undefined) throw new Error('no block of DMA32')
  const { reasons } = predictBlock(topology, { ...block, contents: null }, undefined)
  expect(reasons[0]?.message).toMatch(/was not counted: of \d+ pageblocks of node 0, zone DMA32/)
})
