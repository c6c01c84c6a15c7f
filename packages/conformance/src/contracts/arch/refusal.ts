import {
  addMemory,
  allocateTracked,
  invariant,
  type Machine,
  nodeId,
  physAddr,
  type Range,
  refusalOf,
  releaseAllocation,
  removeMemory,
} from '@memhp/core'
import { allocatorPages, coreInjectionPoints, servesKernel } from '@memhp/core/inspect'
import type { FailedAddResidue } from '@memhp/core/plugin'
import { checkInvariants } from '@memhp/invariants'
import type { MachineOperation } from '@memhp/trace'
import * as fc from 'fast-check'
import { byteRange } from '../../generators/arbitraries'
import { OperationSweep } from '../../sweep/fault-sweep'
import type { CanonicalMemory } from '../../sweep/masks'
import { NOT_ROLLED_BACK } from '../../sweep/not-rolled-back'
import type { SweepOperation } from '../../sweep/operations'
import { type Contract, demandRefused, demandSame } from '../contract'
import { type ArchBench, addBlocks, blockBytes, picture } from './arch-bench'
import { canRemove } from './coming-and-going'

/** What is refused leaves all as it was. */
export const refusalContracts = (bench: ArchBench): readonly Contract[] => [
  {
    name: 'changes nothing for a range that is misaligned, taken or out of reach, and says which',
    run: () => checkRanges(bench),
  },
  {
    name: 'takes all back when a step of an add or of a removal fails',
    run: () => checkSteps(bench),
  },
  shortageContract(bench),
]

/** An arch that cannot add memory while it runs says so as data. */
export const refusesToAdd = (bench: ArchBench): Contract => ({
  name: 'says why it cannot add memory, and changes nothing when asked to',
  run() {
    const machine = bench.boot()
    const { blockBytes: unit } = machine.geometry
    const bootEnd = Math.max(...machine.description.ram.map(({ end }) => end))
    const first = Math.ceil(bootEnd / unit)
    for (const start of [first, first + 1]) {
      const range = blockBytes(machine, { start, end: start + 1 })
      const answer = machine.arch.canAdd(machine, range)
      invariant(answer.kind !== 'allowed', `The arch says that memory${start} can be added.`)
      const before = picture(machine)
      const refused = demandRefused(
        'Adding a block',
        () => addMemory(machine, { range, nodeId: nodeId(1) }),
        { codes: ['ADD_UNSUPPORTED'], errno: answer.errno },
      )
      invariant(refused.message.includes(answer.reason), `The reason is lost: ${refused.message}`)
      demandSame('A refused add changed something:', { before, after: picture(machine) })
      checkInvariants(machine)
    }
  },
})

/** An arch whose adds take no page cannot be short of any: the contract says that it does not apply, and holds it to that. */
function shortageContract(bench: ArchBench): Contract {
  const small = bench.small()
  const name = 'takes back what it did of an add that runs out of memory'
  if (bench.ends().some((window) => takesPages(bench.boot(), window)))
    return { name, run: () => checkShortage(small) }
  return {
    name: `${name} (does not apply: its adds take no page)`,
    run() {
      for (const window of small.ends()) checkAddsWithoutPages(small, window)
    },
  }
}

/** Whether adding the blocks of a window takes pages of the page allocator. */
function takesPages(machine: Machine, window: Range): boolean {
  addBlocks(machine, window)
  const change = machine.state.journal.mappings.at(-1)?.change
  return change !== undefined && allocatorPages(change) > 0
}

/** Adds that take no page succeed where none is free. */
function checkAddsWithoutPages(bench: ArchBench, window: Range): void {
  const machine = bench.fresh()
  leaveFree(machine, 0)
  addBlocks(machine, window)
  checkInvariants(machine)
}

function checkRanges(bench: ArchBench): void {
  const machine = bench.fresh()
  const { blockBytes: unit } = machine.geometry
  const { end: reach } = machine.arch.mappable
  const bootEnd = Math.max(...machine.description.ram.map(({ end }) => end))
  const around = fc.constantFrom(
    { start: Math.max(0, bootEnd - unit), end: bootEnd + 4 * unit },
    { start: reach - 4 * unit, end: reach + unit },
  )
  const drawn = around.chain((within) => byteRange(machine.geometry, within))
  fc.assert(
    fc.property(drawn, ({ start, end }) => {
      bench.fresh()
      const before = picture(machine)
      const isWhole = start % unit === 0 && end % unit === 0
      const isTaken = machine.description.ram.some((ram) => ram.start < end && start < ram.end)
      const wanted =
        start >= end || end > reach ? 'E2BIG' : isTaken ? 'EEXIST' : isWhole ? undefined : 'EINVAL'
      const range = { start: physAddr(start), end: physAddr(end) }
      const refusal = refusalOf(() => addMemory(machine, { range, nodeId: nodeId(1) }))
      invariant(
        refusal?.errno === wanted,
        `Adding 0x${start.toString(16)}-0x${end.toString(16)}: ${refusal?.errno ?? 'done'}, not ${wanted ?? 'done'}.`,
      )
      if (refusal !== undefined)
        demandSame('A refused add changed something:', { before, after: picture(machine) })
      checkInvariants(machine)
    }),
    bench.draws(2),
  )
}

function checkSteps(bench: ArchBench): void {
  const isRemovable = canRemove(bench)
  for (const { start } of bench.ends()) {
    const blocks = { start, end: start + 2 }
    const make = (): Machine => withLeaks(bench.fresh(), blocks)
    const range = blockBytes(make(), blocks)
    const operations: readonly MachineOperation[] = [{ op: 'add', ...range, node: 1 }]
    sweepSteps(make(), { name: `memory${start} is added`, operations })
    if (!isRemovable) continue
    sweepSteps(make(), {
      name: `memory${start} is removed`,
      prepare: [operations],
      operations: [{ op: 'remove', ...range }],
    })
  }
}

/** Makes every step of a transaction fail, and requires that nothing is left of it. */
function sweepSteps(machine: Machine, operation: SweepOperation): void {
  const points = coreInjectionPoints().map(({ leaves: _, ...point }) => point)
  const sweep = new OperationSweep(machine, operation, points)
  sweep.passed.forEach((point, index) => {
    if (STEP.test(point)) sweep.run([[sweep.faultAt(index)]])
  })
}

/** Points before steps of transactions that add or remove memory. */
const STEP = /^(add|remove)\//

/** Struct pages that are never freed are there before the step that is to fail: they are not what it leaves. */
function withLeaks(machine: Machine, blocks: Range): Machine {
  if (machine.arch.memmap.freed !== 'never') return machine
  addBlocks(machine, blocks)
  removeMemory(machine, { range: blockBytes(machine, blocks) })
  return machine
}

/** A machine that no add has left struct pages on for the next one. */
const withoutLeaks = (bench: ArchBench): Machine =>
  bench.fresh().arch.memmap.freed === 'never' ? bench.boot() : bench.fresh()

function checkShortage(bench: ArchBench): void {
  const masks = bench.fresh().arch.failedAddLeaves.map(maskOf)
  const masked = (memory: CanonicalMemory): CanonicalMemory =>
    masks.reduce((rest, mask) => mask(rest), memory)
  for (const window of bench.ends()) {
    if (!takesPages(bench.boot(), window)) {
      checkAddsWithoutPages(bench, window)
      continue
    }
    let failed = 0
    for (const pages of shortages(bench.fresh())) {
      const machine = withoutLeaks(bench)
      const hog = leaveFree(machine, pages)
      const before = picture(machine)
      const refusal = refusalOf(() => addBlocks(machine, window))
      checkInvariants(machine)
      if (refusal === undefined) continue
      failed += 1
      const place = `memory${window.start} to ${window.end - 1}, ${pages} pages free`
      const isTold = refusal.code === 'OUT_OF_MEMORY' || refusal.code === 'MAPPING_FAILED'
      invariant(isTold, `${place}: refused with ${refusal.code} (${refusal.errno}).`)
      demandSame(`${place}: the failed add left something:`, {
        before: masked(before),
        after: masked(picture(machine)),
      })
      releaseAllocation(machine, hog)
      const residue = masks.length > 0 ? 'declared' : 'none'
      addAgain(machine, { window, others: bench.windows(), place, residue })
    }
    const place = `memory${window.start} to ${window.end - 1}`
    invariant(failed > 0, `${place}: no add failed, not even with no page free.`)
  }
}

/** With memory, adding works again; where sections of the failed add may have stayed, in the other windows. */
function addAgain(
  machine: Machine,
  where: {
    readonly window: Range
    readonly others: readonly Range[]
    readonly place: string
    readonly residue: 'none' | 'declared'
  },
): void {
  const { window, place, residue } = where
  for (const each of where.others) {
    const again = refusalOf(() => addBlocks(machine, each))
    const isInTheWay =
      residue === 'declared' && each.start === window.start && again?.errno === 'EEXIST'
    invariant(
      again === undefined || isInTheWay,
      `${place}: with memory, adding memory${each.start} to ${each.end - 1} fails too: ${again?.message}`,
    )
    checkInvariants(machine)
  }
}

/** Which exception of `NOT_ROLLED_BACK` allows what. */
const EXCEPTIONS: Readonly<Record<FailedAddResidue, string>> = {
  'direct map': 'failed-add-keeps-direct-map',
  'earlier sections': 'failed-add-keeps-sections',
}

function maskOf(residue: FailedAddResidue): (memory: CanonicalMemory) => CanonicalMemory {
  const found = NOT_ROLLED_BACK.find((entry) => entry.id === EXCEPTIONS[residue])
  invariant(found?.without, `NOT_ROLLED_BACK says what to leave out for ${residue}.`)
  return found.without
}

/** Numbers of free pages with which an add may fail at one step and at the next: tables, then struct pages. */
function shortages(machine: Machine): readonly number[] {
  const { pageBytes, memmapBytesPerSection } = machine.geometry
  const { vmemmap } = machine.arch.mapping
  const unit = (vmemmap.kind === 'radix' && vmemmap.leaves[0]) || memmapBytesPerSection
  const pages = Math.ceil(unit / pageBytes)
  return [0, 1, 2, 3, pages, pages + 1, pages + 2, 2 * pages + 1]
}

/** Uses up the memory that serves the kernel, but for some pages. @returns the owner that has it */
function leaveFree(machine: Machine, pages: number): number {
  const zones = [...machine.state.memory.zones.values()].filter(servesKernel)
  const free = zones.reduce((sum, zone) => sum + zone.free.freePages + zone.perCpu.length, 0)
  return allocateTracked(machine, {
    name: 'hog',
    kind: 'kernel',
    pageCount: free - pages,
    nodeId: nodeId(0),
  }).id
}
