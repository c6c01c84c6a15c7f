import { invariant, type Machine } from '@memhp/core'
import {
  allocatorPages,
  countLevels,
  listLeaves,
  radixRegions,
  regionOrigin,
  translate,
  wholeRegion,
} from '@memhp/core/inspect'
import type { MappingRecord, RegionChange, RegionName } from '@memhp/core/plugin'
import type { Contract } from '../contract'
import type { ArchBench } from './arch-bench'
import { atEachMoment } from './moments'

/** What an add or a removal says that it changed is what a recount finds changed. */
export const accountingContracts = (bench: ArchBench): readonly Contract[] => [
  {
    name: 'says which leaves, tables and pages came or went, as a recount finds them',
    run() {
      let before: Recount | undefined
      atEachMoment(bench, {
        begin: (machine) => {
          before = recount(machine)
        },
        look(machine) {
          const after = recount(machine)
          invariant(before, 'The machine was counted before it changed.')
          compare(machine, { before, after })
          before = after
        },
      })
    },
  },
]

/** What a machine has, counted anew. */
interface Recount {
  /** Records of the journal so far. */
  readonly records: number
  readonly freePages: number
  /** Counts by `direct leaves 2097152` and `vmemmap tables PMD`. */
  readonly counts: ReadonlyMap<string, number>
}

function recount(machine: Machine): Recount {
  const counts = new Map<string, number>()
  const { levels } = machine.arch.mapping.tables ?? { levels: [] }
  for (const region of radixRegions(machine.arch)) {
    const whole = wholeRegion(machine, region)
    for (const { level, tables } of countLevels(machine, whole)) {
      counts.set(`${region} tables ${level}`, tables)
    }
    for (const { shift, run } of levels) {
      counts.set(`${region} leaves ${2 ** shift}`, 0)
      if (run !== undefined) counts.set(`${region} leaves ${run.entries * 2 ** shift}`, 0)
    }
    for (const { leafBytes, count } of listLeaves(machine, whole)) {
      const what = `${region} leaves ${leafBytes}`
      counts.set(what, (counts.get(what) ?? 0) + count)
    }
  }
  return {
    records: machine.state.journal.mappings.length,
    freePages: [...machine.state.memory.zones.values()].reduce(
      (sum, zone) => sum + zone.free.freePages + zone.perCpu.length,
      0,
    ),
    counts,
  }
}

function compare(
  machine: Machine,
  { before, after }: { readonly before: Recount; readonly after: Recount },
): void {
  const records = machine.state.journal.mappings.slice(before.records)
  const told = new Map<string, number>()
  let pages = 0
  for (const record of records) {
    const sign = record.operation === 'add' ? 1 : -1
    pages += sign * allocatorPages(record.change)
    tell(told, machine, record)
  }
  // What an earlier removal left because memory shared it may have gone with that memory: one removal over two adds
  // (MEMHP_SEED=-741288340, radix).
  const last = records.at(-1)
  if (last !== undefined) checkLeft(machine, last)
  const taken = before.freePages - after.freePages
  invariant(taken === pages, `${pages} pages were taken by what is told, and ${taken} in fact.`)
  for (const [what, count] of after.counts) {
    const found = count - (before.counts.get(what) ?? 0)
    const expected = told.get(what) ?? 0
    invariant(
      found === expected,
      `${what}: ${expected} came by what is told, and ${found} in fact.`,
    )
  }
}

/** Adds what a record tells to the counts, what went as a negative number. */
function tell(
  told: Map<string, number>,
  machine: Machine,
  { operation, change }: MappingRecord,
): void {
  const sign = operation === 'add' ? 1 : -1
  const { levels } = machine.arch.mapping.tables ?? { levels: [] }
  const add = (what: string, by: number): void => void told.set(what, (told.get(what) ?? 0) + by)
  const ofRegion = (region: RegionName, { leaves, tables, splits }: RegionChange): void => {
    for (const { leafBytes, count } of leaves) add(`${region} leaves ${leafBytes}`, sign * count)
    for (const { level, count } of tables) add(`${region} tables ${level}`, sign * count)
    for (const { leafBytes, smallerLeafBytes, count } of splits) {
      add(`${region} leaves ${leafBytes}`, -count)
      add(`${region} leaves ${smallerLeafBytes}`, count * (leafBytes / smallerLeafBytes))
      // A run becomes single entries of the same table.
      if (!levels.some(({ shift }) => 2 ** shift === leafBytes)) continue
      const level = levels.find(({ shift }) => 2 ** shift === smallerLeafBytes)
      add(`${region} tables ${level?.name}`, count)
    }
  }
  ofRegion('direct', change.direct)
  ofRegion('vmemmap', change.memmap)
}

/** What is told to be left is mapped still. */
function checkLeft(machine: Machine, { operation, change }: MappingRecord): void {
  if (operation === 'add') return
  for (const region of radixRegions(machine.arch)) {
    const { left } = region === 'direct' ? change.direct : change.memmap
    const origin = regionOrigin(machine.arch, region)
    for (const { offset, reason } of left) {
      const found = translate(machine, origin + BigInt(offset))
      const place = `${region} 0x${offset.toString(16)}`
      invariant(found, `${place} is told to be left (${reason}), and is not mapped.`)
    }
  }
}
