// util-linux's own dumps of /sys/devices/system/memory. They are not ours to ship: the test runs where MEMHP_LSMEM_DUMPS names a
// folder that holds them (x86_64-16g.tar.bz2, s390-zvm-6g.tar.bz2, …), as `scripts/fetch-lsmem-dumps.sh FOLDER` makes it.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Capture, captureTree, collectCapture } from '@memhp/capture'
import { restoreSnapshot, takeSnapshot } from '@memhp/core'
import { hostTree } from '@memhp/host'
import { planRemoval } from '@memhp/planner'
import { PLUGINS } from '@memhp/platforms'
import { rehearse } from '@memhp/rehearsal'
import {
  type BlockInfo,
  isCalledUnremovable,
  knownOfCapture,
  readTopology,
  type Topology,
} from '@memhp/topology'
import { twinOf } from '@memhp/twin'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from './sysroot'

const FOLDER = process.env.MEMHP_LSMEM_DUMPS
const dumps =
  FOLDER === undefined ? [] : readdirSync(FOLDER).filter((name) => name.endsWith('.tar.bz2'))

interface Dump {
  readonly listing: Topology
  readonly capture: Capture
}

/** Unpacks a dump, lists it and captures it. */
async function openDump(name: string): Promise<Dump> {
  const folder = await temporaryFolder()
  execFileSync('tar', ['-xjf', join(FOLDER ?? '', name), '-C', folder])
  const sysroot = join(folder, name.replace('.tar.bz2', ''))
  const tree = hostTree({ sysroot })
  const arch = name.startsWith('s390') ? 's390x' : 'x86_64'
  return {
    listing: await readTopology(tree, { arch }),
    capture: await collectCapture(tree, { tool: 'test', arch }),
  }
}

/** What every reading says of a block; counted pages are a capture's alone, and these dumps have none. */
const shown = ({ contents: _, ...block }: BlockInfo) => block

/** What a listing knows of a block and a twin must have: its zone where it is in one, its nodes where any file tells them. */
const known = ({ id, start, end, state, zones, nodes }: BlockInfo) => ({
  id,
  start,
  end,
  state,
  ...(nodes.length === 0 ? {} : { nodes }),
  ...(zones.kind === 'in' ? { zones: { kind: zones.kind, name: zones.name } } : {}),
})

/** What is planned for a block, by one reading. */
const planOf = (topology: Topology, block: BlockInfo) =>
  planRemoval(topology, { kind: 'blocks', blocks: [block.id] })

describe.skipIf(FOLDER === undefined)('util-linux’s dumps', () => {
  it('are there', () => {
    expect(dumps.length).toBeGreaterThan(0)
  })

  it.each(dumps)('%s: listing and capture say and plan the same of every block', async (name) => {
    const { listing, capture } = await openDump(name)
    const ofCapture = await readTopology(captureTree(capture), knownOfCapture(capture))
    expect(listing.blocks.length).toBeGreaterThan(0)
    expect(ofCapture.blocks.map(shown)).toEqual(listing.blocks.map(shown))
    for (const block of listing.blocks) {
      const plan = planOf(listing, block)
      expect(planOf(ofCapture, block)).toEqual(plan)
      if (isCalledUnremovable(block)) expect(plan.prediction.outcome).toBe('refuses')
    }
  })

  it.each(dumps)('%s: twin and rehearsal say the same of every block', async (name) => {
    const { listing, capture } = await openDump(name)
    const host = await readTopology(captureTree(capture), knownOfCapture(capture))
    const { machine } = await twinOf(capture, PLUGINS, { host })
    const running = await readTopology(machine.tree)
    expect(running.blocks).toMatchObject(listing.blocks.map(known))
    const start = takeSnapshot(machine)
    for (const block of listing.blocks) {
      if (block.state !== 'online') {
        expect(planOf(host, block)).toEqual(planOf(listing, block))
        continue
      }
      const { plan, outcome } = await rehearse(machine, host, {
        kind: 'blocks',
        blocks: [block.id],
      })
      restoreSnapshot(machine, start)
      expect(plan).toEqual(planOf(listing, block))
      if (!isCalledUnremovable(block)) continue
      expect([block.id, plan.prediction.outcome, outcome]).toEqual([block.id, 'refuses', 'refused'])
    }
  })
})
