// util-linux's own dumps of /sys/devices/system/memory. They are not ours to ship: the test runs where MEMHP_LSMEM_DUMPS names a
// folder that holds them (x86_64-16g.tar.bz2, s390-zvm-6g.tar.bz2, …), as `scripts/fetch-lsmem-dumps.sh FOLDER` makes it.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Capture, captureTree, collectCapture } from '@memhp/capture'
import { type HotplugError, isHotplugError, restoreSnapshot, takeSnapshot } from '@memhp/core'
import { hostTree } from '@memhp/host'
import { planRemoval } from '@memhp/planner'
import { ARCHS, PLUGINS } from '@memhp/platforms'
import { rehearse } from '@memhp/rehearsal'
import {
  type BlockInfo,
  isCalledUnremovable,
  knownOfCapture,
  readTopology,
  type Topology,
} from '@memhp/topology'
import { type Twin, twinOf } from '@memhp/twin'
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

/** The twin, or the refusal where no plugin knows the architecture. */
async function bootTwin(capture: Capture): Promise<Twin | HotplugError> {
  try {
    return await twinOf(capture, PLUGINS)
  } catch (error) {
    if (isHotplugError(error)) return error
    throw error
  }
}

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

  it.each(dumps)(
    '%s: twin and rehearsal say the same, or the architecture is named',
    async (name) => {
      const { listing, capture } = await openDump(name)
      const twin = await bootTwin(capture)
      if (isHotplugError(twin)) {
        expect(ARCHS.map((arch): string => arch.name)).not.toContain(capture.arch)
        expect([twin.code, twin.message]).toEqual([
          'UNKNOWN_PLUGIN',
          expect.stringContaining(`"${capture.arch}"`),
        ])
        return
      }
      const { machine, host } = twin
      const running = await readTopology(machine.tree)
      expect(running.blocks.map(({ id, state }) => [id, state])).toEqual(
        listing.blocks.map(({ id, state }) => [id, state]),
      )
      const start = takeSnapshot(machine)
      for (const block of listing.blocks) {
        if (block.state !== 'online') continue
        const { plan, outcome } = await rehearse(machine, host, {
          kind: 'blocks',
          blocks: [block.id],
        })
        restoreSnapshot(machine, start)
        expect(plan).toEqual(planOf(listing, block))
        if (!isCalledUnremovable(block)) continue
        expect([block.id, plan.prediction.outcome, outcome]).toEqual([
          block.id,
          'refuses',
          'refused',
        ])
      }
    },
  )
})
