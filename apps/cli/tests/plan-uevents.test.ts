import { fileURLToPath } from 'node:url'
import { settle } from '@memhp/core'
import { readCaptureFile } from '@memhp/host'
import { estimateOf, executePlan, planRemoval } from '@memhp/planner'
import { readTopology } from '@memhp/topology'
import { twinOf } from '@memhp/twin'
import { expect, it } from 'vitest'
import { loadPlugins } from '../src/source/plugins'

it.each([
  ['x86_64-three-nodes', 'PNP0C80:00', 16],
  ['ppc64le-radix-three-nodes', '0x80000004-0x80000007', 8],
])('the uevents of a plan for %s are as many as the model makes', async (name, device, count) => {
  const path = fileURLToPath(new URL(`../../../captures/${name}.json.gz`, import.meta.url))
  const { machine } = await twinOf(await readCaptureFile(path), await loadPlugins())
  const topology = await readTopology(machine.tree)
  const plan = planRemoval(topology, { kind: 'device', devices: [device] })
  let seen = 0
  machine.tree.watch?.(({ path: where }) => {
    if (/\/memory\d+$/.test(where)) seen += 1
  })
  const { outcome } = await executePlan(machine.tree, plan, {
    settle: () => {
      settle(machine)
      return 'enough'
    },
  })
  expect(outcome).toBe('done')
  expect(seen).toBe(count)
  expect(estimateOf(plan).uevents).toBe(count)
})
