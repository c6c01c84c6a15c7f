import {
  addMemory,
  alignUp,
  invariant,
  type Machine,
  nodeId,
  removeMemory,
  settle,
} from '@memhp/core'
import { countLevels } from '@memhp/core/inspect'
import { supportsMemmapOnMemory } from '@memhp/core/plugin'
import { checkInvariants } from '@memhp/invariants'
import * as fc from 'fast-check'
import { type Contract, demandRefused, demandSame } from '../contract'
import { type ArchBench, addBlocks, blockBytes, picture, regionBytes } from './arch-bench'
import { makeMove, moves, type Pieces, removeAll } from './coming-and-going'

/** What is left of memory that came and went: nothing. */
export function removalContracts(bench: ArchBench): readonly Contract[] {
  const { removal, features } = bench.boot().arch
  if (removal.kind !== 'supported') return [cannotRemove(bench)]
  return [
    {
      name: 'has everything back when all that came has gone, in whatever pieces',
      run: () =>
        fc.assert(
          fc.property(moves(bench), (made) => {
            const machine = bench.fresh()
            const before = picture(machine)
            let pieces: Pieces = []
            for (const move of made) {
              pieces = makeMove(machine, pieces, move)
              checkInvariants(machine)
            }
            removeAll(machine, pieces)
            checkInvariants(machine)
            demandSame('Something is left:', { before, after: picture(machine) })
          }),
          bench.draws(),
        ),
    },
    {
      name: 'keeps no page for memory that has gone but those of tables that it calls permanent',
      run: () => checkFirstTime(bench),
    },
    ...(features.memmapOnMemory ? [hostsItself(bench)] : []),
  ]
}

/** The first add at a place may link tables that stay: so many, and no more. */
function checkFirstTime(bench: ArchBench): void {
  for (const { start } of bench.windows()) {
    const machine = bench.boot()
    const before = { free: freePages(machine), permanent: permanentTables(machine) }
    const blocks = { start, end: start + 1 }
    addBlocks(machine, blocks)
    removeMemory(machine, { range: blockBytes(machine, blocks) })
    const kept = before.free - freePages(machine)
    const linked = permanentTables(machine) - before.permanent
    invariant(kept === linked, `memory${start}: ${kept} pages were kept for ${linked} tables.`)
  }
}

const freePages = (machine: Machine): number =>
  [...machine.state.memory.zones.values()].reduce(
    (sum, zone) => sum + zone.free.freePages + zone.perCpu.length,
    0,
  )

/** Pages of tables of permanent levels. */
function permanentTables(machine: Machine): number {
  const { pageTables } = machine.arch.geometry
  if (pageTables === undefined) return 0
  return (['direct', 'vmemmap'] as const)
    .flatMap((region) =>
      countLevels(machine, { region, offset: 0, sizeBytes: regionBytes(machine, region) }),
    )
    .filter(({ level }) => pageTables.permanentTables.includes(level))
    .reduce((sum, { tables }) => sum + tables, 0)
}

const hostsItself = (bench: ArchBench): Contract => ({
  name: 'takes no page from elsewhere for the struct pages of memory that holds them itself',
  run() {
    const { cmdline = '' } = bench.options.description ?? {}
    const boot = { cmdline: `${cmdline} memory_hotplug.memmap_on_memory=1` }
    for (const { start } of bench.windows()) {
      const [machine, other] = [bench.boot(boot), bench.boot(boot)]
      const range = blockBytes(machine, { start, end: start + 1 })
      if (!supportsMemmapOnMemory(machine, range.end - range.start)) continue
      addMemory(machine, { range, nodeId: nodeId(1), memmapOnMemory: true })
      checkInvariants(machine)
      addMemory(other, { range, nodeId: nodeId(1) })
      const saved = freePages(machine) - freePages(other)
      const memmap = machine.geometry.memmapBytesPerSection * machine.geometry.sectionsPerBlock
      const pages = alignUp(memmap, machine.geometry.pageBytes) / machine.geometry.pageBytes
      invariant(saved === pages, `memory${start}: ${saved} of ${pages} pages were saved.`)
      removeMemory(machine, { range })
      removeMemory(other, { range })
      checkInvariants(machine)
      demandSame(`memory${start} leaves something that it would not leave otherwise:`, {
        before: picture(other),
        after: picture(machine),
      })
    }
  },
})

const cannotRemove = (bench: ArchBench): Contract => ({
  name: 'says why it cannot remove memory, and changes nothing when asked to',
  run() {
    const machine = bench.fresh()
    const { removal } = machine.arch
    if (removal.kind === 'supported') return
    const [window] = bench.windows()
    invariant(window, 'There is room for memory.')
    const blocks = { start: window.start, end: window.start + 1 }
    addBlocks(machine, blocks)
    settle(machine)
    const before = picture(machine)
    const refusal = demandRefused(
      'Removing a block',
      () => removeMemory(machine, { range: blockBytes(machine, blocks) }),
      { codes: ['REMOVE_UNSUPPORTED'], errno: removal.errno },
    )
    invariant(refusal.message.includes(removal.reason), `The reason is lost: ${refusal.message}`)
    demandSame('A refused removal changed something:', { before, after: picture(machine) })
  },
})
