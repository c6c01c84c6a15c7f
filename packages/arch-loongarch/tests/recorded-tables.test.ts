// Tables of a real guest of Linux 7.2, read from its memory, beside the model's: where struct pages are, by which leaves and entries
// they are mapped, and that none of it goes with the memory.
import {
  addMemory,
  createMachine,
  GIB,
  KERNELS,
  type Machine,
  MIB,
  nodeId,
  type PhysRange,
  physAddr,
  removeMemory,
  SUBSYSTEMS,
} from '@memhp/core'
import { countLevels, listLeaves, wholeRegion } from '@memhp/core/inspect'
import type { EntryWords } from '@memhp/core/plugin'
import { checkInvariants } from '@memhp/invariants'
import { recordingText } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import { loongarch64 } from '../src/index'

/** What was read of a guest's tables at one moment. */
interface Stage {
  readonly tables: string
  /** Commonest entries: the empty ones. */
  readonly empty: Readonly<Record<string, string>>
  /** Tables by level, 0 being the last one; those of modules among them. */
  readonly tables_count: Readonly<Record<string, number>>
  /** Those of the vmemmap. */
  readonly runs: readonly {
    readonly start: string
    readonly end: string
    readonly leaf: number
    readonly entry: string
  }[]
}

const { steps } = JSON.parse(recordingText('loong64-7.2-page-tables.json.gz')) as {
  readonly steps: readonly object[]
}
const STAGES = steps.filter((step): step is Stage => 'tables_count' in step)

/** 256 MiB and 1 GiB, as the guest had. */
const boot = (kernel = 'v7.2'): Machine =>
  createMachine(
    {
      arch: 'loongarch64',
      kernel,
      cmdline: 'memhp_default_state=offline',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [
        { start: 0, end: 256 * MIB, node: 0 },
        { start: 2 * GIB, end: 3 * GIB, node: 0 },
      ],
    },
    { archs: [loongarch64], drivers: [], kernels: KERNELS, subsystems: SUBSYSTEMS },
  )

const device = (gib: number): PhysRange => ({
  start: physAddr(gib * GIB),
  end: physAddr(gib * GIB + 512 * MIB),
})

const word = ({ low, high }: EntryWords): bigint => (BigInt(high) << 32n) | BigInt(low)

const memmapOf = (machine: Machine) => listLeaves(machine, wholeRegion(machine, 'vmemmap'))

/** Leaves one by one. */
const leavesOf = (machine: Machine): readonly string[] =>
  memmapOf(machine).flatMap(({ start, leafBytes, count }) =>
    Array.from({ length: count }, (_, i) => {
      const at = start + BigInt(i * leafBytes)
      return `${at.toString(16)} by ${leafBytes}`
    }),
  )

const recordedLeaves = ({ runs }: Stage): readonly string[] =>
  runs.map(({ start, leaf }) => `${BigInt(start).toString(16)} by ${leaf}`)

/** Free pages of all zones. */
const freeOf = ({ state }: Machine): number =>
  [...state.memory.zones.values()].reduce(
    (sum, { free, perCpu }) => sum + free.freePages + perCpu.length,
    0,
  )

const tablesOf = (machine: Machine): readonly number[] =>
  countLevels(machine, wholeRegion(machine, 'vmemmap')).map(({ tables }) => tables)

describe('struct pages of a guest', () => {
  const machine = boot()
  const seen = new Map([['boot', { leaves: leavesOf(machine), tables: tablesOf(machine) }]])
  const note = (name: string): void => {
    seen.set(name, { leaves: leavesOf(machine), tables: tablesOf(machine) })
  }
  for (const gib of [6, 14, 24]) {
    addMemory(machine, { range: device(gib), nodeId: nodeId(0) })
    note(`pc-dimm 512M at ${gib} GiB`)
  }
  for (const gib of [6, 14, 24]) removeMemory(machine, { range: device(gib) })
  note('all removed')
  const free = freeOf(machine)
  addMemory(machine, { range: device(14), nodeId: nodeId(0) })
  note('pc-dimm 512M at 14 GiB again')

  test.each(STAGES.map((stage) => [stage.tables, stage] as const))(
    'are where the guest has them: %s',
    (name, stage) => {
      expect(seen.get(name)?.leaves).toEqual(recordedLeaves(stage))
    },
  )

  test('take as many tables', () => {
    const [first, ...others] = STAGES
    for (const stage of others) {
      const came = (seen.get(stage.tables)?.tables ?? []).map(
        (count, i) => count - (seen.get('boot')?.tables[i] ?? 0),
      )
      expect(came).toEqual(
        ['2', '1', '0'].map(
          (level) => (stage.tables_count[level] ?? 0) - (first?.tables_count[level] ?? 0),
        ),
      )
    }
  })

  test('take no page where they stayed from memory that was there before', () => {
    expect(freeOf(machine)).toBe(free)
    checkInvariants(machine)
  })
})

test('entries are those of the guest; empty ones point into a table of the window', () => {
  const { tables } = boot().arch.mapping
  if (tables === undefined) throw new Error('there are tables')
  const { entries, levels } = tables
  expect(levels.map(({ name }) => name)).toEqual(['PGD', 'PMD', 'PTE'])
  for (const { empty, runs } of STAGES) {
    for (const { entry } of runs) {
      const value = BigInt(entry)
      const [low, high] = [Number(value & 0xffff_ffffn), Number(value >> 32n)]
      const address = entries.address(low, high, 1)
      expect(word(entries.leaf(address, 1))).toBe(value)
    }
    const page = BigInt(empty.PTE ?? '')
    expect(word(entries.none(2))).toBe(page)
    for (const name of ['PGD', 'PMD']) {
      const index = levels.findIndex((level) => level.name === name)
      const model = word(entries.none(index))
      expect(model >> 60n).toBe(BigInt(empty[name] ?? '') >> 60n)
      expect(entries.isNone(Number(model & 0xffff_ffffn), Number(model >> 32n), index)).toBe(true)
    }
    expect(empty.PGD).not.toBe(empty.PMD)
  }
})

test('kernels before 6.2 have struct pages for each section alone, which go with it', () => {
  const machine = boot('v6.1')
  expect(machine.arch.mapping.tables).toBeUndefined()
  const free = freeOf(machine)
  addMemory(machine, { range: device(14), nodeId: nodeId(0) })
  // 32768 struct pages of 80 bytes are 160 pages, of one chunk.
  expect(free - freeOf(machine)).toBe(256)
  removeMemory(machine, { range: device(14) })
  expect(freeOf(machine)).toBe(free)
  checkInvariants(machine)
})
