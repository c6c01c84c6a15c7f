import {
  addMemory,
  alignUp,
  blockId,
  invariant,
  type Machine,
  nodeId,
  offlineBlock,
  refusalOf,
  removeMemory,
  settle,
} from '@memhp/core'
import { countLevels, radixRegions, wholeRegion } from '@memhp/core/inspect'
import { type ArchAnswer, supportsMemmapOnMemory } from '@memhp/core/plugin'
import { checkInvariants } from '@memhp/invariants'
import * as fc from 'fast-check'
import { type Contract, demandRefused, demandSame } from '../contract'
import { type ArchBench, addBlocks, blockBytes, picture } from './arch-bench'
import {
  canRemove,
  leftBehind,
  type Move,
  makeMove,
  moves,
  type Pieces,
  removeAll,
} from './coming-and-going'

/** What is left of memory that came and went: nothing. */
export function removalContracts(bench: ArchBench): readonly Contract[] {
  const { features } = bench.boot()
  const boot = bootMemoryContracts(bench)
  if (!canRemove(bench)) return [refusesRemoval(bench, 'added memory'), ...boot]
  return [
    {
      name: 'has everything back when all that came has gone, in whatever pieces',
      run: () =>
        fc.assert(
          fc.property(moves(bench), (made) => checkRoundTrip(bench, made)),
          bench.draws(),
        ),
    },
    {
      name: 'keeps no page for memory that has gone but those of tables that it calls permanent',
      run: () => checkFirstTime(bench),
    },
    ...(features.memmapOnMemory ? [hostsItself(bench)] : []),
    ...boot,
  ]
}

/** What holds where boot memory is not given back, and some of it can go offline. */
export function bootMemoryContracts(bench: ArchBench): readonly Contract[] {
  const machine = bench.boot()
  const isKept = bootBlocks(machine).some((id) => answerFor(machine, id).kind !== 'allowed')
  return isKept && takeOffline(machine) !== undefined ? [refusesRemoval(bench, 'boot memory')] : []
}

/** Where struct pages are never freed, it is the second time that leaves nothing: they serve again. */
function checkRoundTrip(bench: ArchBench, made: readonly Move[]): void {
  const machine = bench.fresh()
  const comeAndGo = (): void => {
    let pieces: Pieces = []
    for (const move of made) {
      pieces = makeMove(machine, pieces, move)
      checkInvariants(machine)
    }
    removeAll(machine, pieces)
    checkInvariants(machine)
    removeLeft(machine)
  }
  if (machine.arch.memmap.freed === 'never') comeAndGo()
  const before = picture(machine)
  comeAndGo()
  demandSame('Something is left:', { before, after: picture(machine) })
}

/** Leaves that reached beyond what went, and stayed, go with all that they map once that has come again. */
function removeLeft(machine: Machine): void {
  const { blockBytes: unit } = machine.geometry
  for (const { start, end } of leftBehind(machine)) {
    const blocks = { start: start / unit, end: end / unit }
    addBlocks(machine, blocks)
    removeMemory(machine, { range: blockBytes(machine, blocks) })
    checkInvariants(machine)
  }
}

/** The first add at a place may link tables that stay, and struct pages where they are never freed; nothing else is kept. */
function checkFirstTime(bench: ArchBench): void {
  for (const { start } of bench.windows()) {
    const machine = bench.boot()
    const before = { free: freePages(machine), permanent: permanentTables(machine) }
    const blocks = { start, end: start + 1 }
    addBlocks(machine, blocks)
    const added = machine.state.journal.mappings.at(-1)?.change.memmap
    removeMemory(machine, { range: blockBytes(machine, blocks) })
    const kept = before.free - freePages(machine)
    const linked = permanentTables(machine) - before.permanent
    const isLeaking = machine.arch.memmap.freed === 'never'
    const leaked =
      isLeaking && added !== undefined ? added.framePages.allocator + added.tablePages : 0
    invariant(
      kept === linked + leaked,
      `memory${start}: ${kept} pages were kept for ${linked} tables${isLeaking ? ` and ${leaked} pages of struct pages` : ''}.`,
    )
  }
}

const freePages = (machine: Machine): number =>
  [...machine.state.memory.zones.values()].reduce(
    (sum, zone) => sum + zone.free.freePages + zone.perCpu.length,
    0,
  )

/** Tables of permanent levels. */
function permanentTables(machine: Machine): number {
  const { permanentTables: names = [] } = machine.arch.mapping.tables ?? {}
  return radixRegions(machine.arch)
    .flatMap((region) => countLevels(machine, wholeRegion(machine, region)))
    .filter(({ level }) => names.includes(level))
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

/** Memory of two kinds, as far as the answer about it may differ. */
type MemoryKind = 'boot memory' | 'added memory'

/** The blocks of boot memory that are whole. */
function bootBlocks(machine: Machine): readonly number[] {
  const { blockBytes: unit } = machine.geometry
  return machine.description.ram.flatMap(({ start, end }) => {
    const first = Math.ceil(start / unit)
    return Array.from({ length: Math.max(0, Math.floor(end / unit) - first) }, (_, i) => first + i)
  })
}

/** What the arch says to the removal of a block. */
const answerFor = (machine: Machine, block: number): ArchAnswer =>
  machine.arch.canRemove(machine, blockBytes(machine, { start: block, end: block + 1 }))

/** Takes the first block of boot memory offline that can be. @returns its number */
const takeOffline = (machine: Machine): number | undefined =>
  bootBlocks(machine).find(
    (id) => refusalOf(() => offlineBlock(machine, blockId(id))) === undefined,
  )

/** Makes an offline block of memory of a kind. @returns its number */
function blockOf(bench: ArchBench, machine: Machine, kind: MemoryKind): number {
  if (kind === 'boot memory') {
    const block = takeOffline(machine)
    invariant(block !== undefined, 'Some block of boot memory can be taken offline.')
    return block
  }
  const [window] = bench.windows()
  invariant(window, 'There is room for memory.')
  addBlocks(machine, { start: window.start, end: window.start + 1 })
  return window.start
}

const refusesRemoval = (bench: ArchBench, kind: MemoryKind): Contract => ({
  name: `says why it cannot remove ${kind}, and changes nothing when asked to`,
  run() {
    const machine = bench.fresh()
    const block = blockOf(bench, machine, kind)
    settle(machine)
    const before = picture(machine)
    const answer = answerFor(machine, block)
    invariant(answer.kind !== 'allowed', `The arch says that memory${block} can be removed.`)
    const refused = demandRefused(
      'Removing a block',
      () => removeMemory(machine, { range: blockBytes(machine, { start: block, end: block + 1 }) }),
      { codes: ['REMOVE_UNSUPPORTED'], errno: answer.errno },
    )
    invariant(refused.message.includes(answer.reason), `The reason is lost: ${refused.message}`)
    demandSame('A refused removal changed something:', { before, after: picture(machine) })
  },
})
