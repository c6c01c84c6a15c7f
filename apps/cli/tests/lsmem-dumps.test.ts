// util-linux's own dumps of /sys/devices/system/memory. They are not ours to ship: the test runs where MEMHP_LSMEM_DUMPS names a
// folder that holds them (x86_64-16g.tar.bz2, s390-zvm-6g.tar.bz2, …), as `scripts/fetch-lsmem-dumps.sh FOLDER` makes it.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Capture, collectCapture } from '@memhp/capture'
import { isHotplugError, restoreSnapshot, takeSnapshot } from '@memhp/core'
import { hostTree } from '@memhp/host'
import { PLUGINS } from '@memhp/platforms'
import { rehearse } from '@memhp/rehearsal'
import { type BlockInfo, isCalledUnremovable, readTopology, type Topology } from '@memhp/topology'
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

/** What a block must be for everyone. */
const shown = ({ id, state, nodes, removable }: BlockInfo) => ({ id, state, nodes, removable })

/** The twin; undefined for an architecture without a plugin. */
async function bootTwin(capture: Capture): Promise<Twin | undefined> {
  try {
    return await twinOf(capture, PLUGINS)
  } catch (error) {
    if (isHotplugError(error) && error.code === 'UNKNOWN_PLUGIN') return undefined
    throw error
  }
}

describe.skipIf(FOLDER === undefined)('util-linux’s dumps', () => {
  it('are there', () => {
    expect(dumps.length).toBeGreaterThan(0)
  })

  it.each(dumps)(
    '%s: listing, capture, twin and rehearsal say the same of every block',
    async (name) => {
      const { listing, capture } = await openDump(name)
      const twin = await bootTwin(capture)
      if (twin === undefined) {
        expect(capture.arch).toBe('s390x')
        return
      }
      const { machine, host } = twin
      expect(host.blocks.map(shown)).toEqual(listing.blocks.map(shown))
      expect(host.blocks.map(({ zones }) => zones)).toEqual(
        listing.blocks.map(({ zones }) => zones),
      )
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
        expect(plan.blocks.map(({ nodes, state }) => [nodes, state])).toEqual([
          [block.nodes, block.state],
        ])
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
