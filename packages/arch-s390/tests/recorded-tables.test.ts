import {
  addMemory,
  blockId,
  createMachine,
  GIB,
  KERNELS,
  type Machine,
  MIB,
  nodeId,
  offlineBlock,
  type PhysRange,
  physAddr,
  removeMemory,
  SUBSYSTEMS,
} from '@memhp/core'
import { countLevels, radixRegions, wholeRegion } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { recordingText } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import { s390x } from '../src/index'

/** What was read of a guest's tables at one moment. */
interface Stage {
  readonly stage: string
  readonly leaves: Readonly<Record<string, number>>
  /** Tables by level, 0 being that of page tables. */
  readonly tables: Readonly<Record<string, number>>
  readonly runs: readonly { readonly start: string; readonly end: string; readonly leaf: number }[]
}

/** A guest of Linux 7.2 with 1 GiB, without EDAT: what differs from one stage to the next is what memory made. */
const ENTRIES = JSON.parse(recordingText('s390x-7.2-page-tables.json.gz')) as readonly (
  | Stage
  | { readonly cmd: string; readonly out: string }
)[]
const RECORDED = ENTRIES.filter((entry): entry is Stage => 'stage' in entry)

/** Kilobytes that DirectMap4k showed after each command that shows it. */
const DIRECT_MAP_4K = ENTRIES.flatMap((entry) =>
  'out' in entry ? (/DirectMap4k: *(\d+)/.exec(entry.out)?.[1] ?? []) : [],
).map(Number)

const BLOCK = 128 * MIB

const blocks = (first: number, count: number): PhysRange => ({
  start: physAddr(first * BLOCK),
  end: physAddr((first + count) * BLOCK),
})

const boot = (): Machine =>
  createMachine(
    {
      arch: 's390x',
      archOptions: {
        edat: 0,
        maxMemoryBytes: 3 * GIB,
      },
      kernel: 'v7.2',
      cmdline: 'memhp_default_state=offline',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: GIB, node: 0 }],
    },
    { archs: [s390x], drivers: [], kernels: KERNELS, subsystems: SUBSYSTEMS },
  )

const add = (machine: Machine, first: number, count = 1): void => {
  for (let at = first; at < first + count; at++)
    addMemory(machine, { range: blocks(at, 1), nodeId: nodeId(0) })
}

const remove = (machine: Machine, first: number, count = 1): void => {
  for (let at = first; at < first + count; at++) {
    if (machine.tree.read(`/sys/devices/system/memory/memory${at}/state`) === 'online\n')
      offlineBlock(machine, blockId(at))
    removeMemory(machine, { range: blocks(at, 1) })
  }
}

/** The stages of the recording, by what was done before each. */
const STEPS: Readonly<Record<string, (machine: Machine) => void>> = {
  'configured 8': (machine) => add(machine, 8),
  'online 8': () => undefined,
  'configured 9 and 10': (machine) => add(machine, 9, 2),
  'deconfigured 8': (machine) => remove(machine, 8),
  'deconfigured 9 and 10': (machine) => remove(machine, 9, 2),
  'boot block 2 deconfigured': (machine) => remove(machine, 2),
}

interface Counts {
  readonly leaves: number
  readonly pageTables: number
  readonly otherTables: number
}

function countsOf(machine: Machine): Counts {
  const regions = radixRegions(machine.arch).map((region) => wholeRegion(machine, region))
  // Both regions are under one root, which is left out.
  const levels = regions.flatMap((region) => countLevels(machine, region).slice(1))
  const sum = (level: string, what: 'tables' | 'leaves'): number =>
    levels.filter((each) => each.level === level).reduce((total, each) => total + each[what], 0)
  return {
    leaves: sum('PTE', 'leaves'),
    pageTables: sum('PTE', 'tables'),
    otherTables: sum('SEG', 'tables'),
  }
}

const recordedCounts = ({ leaves, tables }: Stage): Counts => ({
  leaves: leaves['4096'] ?? 0,
  pageTables: tables['0'] ?? 0,
  otherTables: tables['1'] ?? 0,
})

const difference = (after: Counts, before: Counts): Counts => ({
  leaves: after.leaves - before.leaves,
  pageTables: after.pageTables - before.pageTables,
  otherTables: after.otherTables - before.otherTables,
})

const kilobytesOf = (machine: Machine): number =>
  Number(/DirectMap4k: *(\d+)/.exec(machine.tree.read('/proc/meminfo'))?.[1])

describe('recorded tables of Linux 7.2', () => {
  test('change from stage to stage as those of the model do, boot memory among them', () => {
    const machine = boot()
    let before = countsOf(machine)
    let recorded = RECORDED[0]
    expect(RECORDED.slice(1).map(({ stage }) => stage)).toEqual(Object.keys(STEPS))
    for (const stage of RECORDED.slice(1)) {
      STEPS[stage.stage]?.(machine)
      const after = countsOf(machine)
      if (recorded !== undefined) {
        const wanted = difference(recordedCounts(stage), recordedCounts(recorded))
        expect({ stage: stage.stage, ...difference(after, before) }).toEqual({
          stage: stage.stage,
          ...wanted,
        })
      }
      checkInvariants(machine)
      before = after
      recorded = stage
    }
  })

  test('have the vmemmap where the model has it', () => {
    const { vmemmap } = boot().arch.mapping
    expect(vmemmap.kind).toBe('radix')
    const base = vmemmap.kind === 'radix' ? vmemmap.base : 0n
    for (const { runs } of RECORDED) {
      const run = runs.find(({ start }) => BigInt(start) === base)
      expect(run?.leaf).toBe(4096)
    }
  })

  test('are counted in /proc/meminfo as the model counts them', () => {
    const machine = boot()
    const shown = [kilobytesOf(machine)]
    for (const step of Object.values(STEPS)) {
      const before = kilobytesOf(machine)
      step(machine)
      if (kilobytesOf(machine) !== before) shown.push(kilobytesOf(machine))
    }
    const changes = (list: readonly number[]): readonly number[] =>
      list.slice(1).map((value, i) => value - (list[i] ?? 0))
    expect(changes(shown)).toEqual(changes(DIRECT_MAP_4K))
  })
})
