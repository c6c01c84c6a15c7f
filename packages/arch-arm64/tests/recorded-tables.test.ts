// Tables of real guests of Linux 7.3, read from their memory, beside the model's: where they begin, what maps memory that comes,
// and how many tables come and go with it.
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
import {
  countLevels,
  directRange,
  type LeafRun,
  listLeaves,
  memmapRange,
  wholeRegion,
} from '@memhp/core/inspect'
import type { MappingRange } from '@memhp/core/plugin'
import { checkInvariants } from '@memhp/invariants'
import { recordingText } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import { aarch64 } from '../src/index'

/** What was read of a guest's tables at one moment. */
interface Stage {
  readonly tables: string
  /** Tables by level, 0 being the last one. */
  readonly tables_count: Readonly<Record<string, number>>
  readonly runs: readonly {
    readonly start: string
    readonly end: string
    readonly leaf: number
    readonly count: number
    readonly contig: 0 | 1
    readonly ro: 0 | 1
  }[]
}

const stagesOf = (path: string): ReadonlyMap<string, Stage> => {
  const { steps } = JSON.parse(recordingText(path)) as { readonly steps: readonly object[] }
  const stages = steps.filter((step): step is Stage => 'tables_count' in step)
  return new Map(stages.map((stage) => [stage.tables, stage]))
}

/** Runs of leaves, joined where their virtual addresses touch: in memory that is physically apart as well. */
const joined = (
  runs: readonly { readonly start: bigint; readonly end: bigint; readonly leaf: number }[],
): readonly string[] => {
  const all: { start: bigint; end: bigint; leaf: number }[] = []
  for (const { start, end, leaf } of runs) {
    const last = all.at(-1)
    if (last?.end === start && last.leaf === leaf) last.end = end
    else all.push({ start, end, leaf })
  }
  return all.map(({ start, end, leaf }) => `${start.toString(16)}-${end.toString(16)} by ${leaf}`)
}

/** What a guest had mapped in a window of virtual addresses. No leaf of one is contiguous or read only here. */
const recordedIn = (stage: Stage | undefined, start: bigint, end: bigint): readonly string[] => {
  const runs = (stage?.runs ?? []).filter(
    (run) => BigInt(run.start) >= start && BigInt(run.end) <= end,
  )
  expect(runs.filter(({ contig, ro }) => contig + ro > 0)).toEqual([])
  return joined(
    runs.map(({ leaf, ...run }) => ({ start: BigInt(run.start), end: BigInt(run.end), leaf })),
  )
}

const modelIn = (machine: Machine, range: MappingRange): readonly string[] =>
  joined(listLeaves(machine, range).map((run: LeafRun) => ({ ...run, leaf: run.leafBytes })))

/** 768 MiB from 1 GiB on, as the guests had. */
const boot = (archOptions: object): Machine =>
  createMachine(
    {
      arch: 'aarch64',
      archOptions: { ...archOptions },
      kernel: 'v7.3',
      cmdline: 'memhp_default_state=offline',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: GIB, end: GIB + 768 * MIB, node: 0 }],
    },
    { archs: [aarch64], drivers: [], kernels: KERNELS, subsystems: SUBSYSTEMS },
  )

interface Recorded {
  readonly title: string
  readonly path: string
  readonly archOptions: object
  /** Where tables of the linear map and of the vmemmap begin. */
  readonly linear: bigint
  readonly memmap: bigint
  /** What came, block by block or at once. */
  readonly came: readonly PhysRange[]
  readonly stages: { readonly before: string; readonly with: string; readonly after: string | null }
  /** Other tables that came meanwhile, by level. */
}

const range = (start: number, end: number): PhysRange => ({
  start: physAddr(start),
  end: physAddr(end),
})
const BLOCK = 128 * MIB

const RECORDED: readonly Recorded[] = [
  {
    title: '4 KiB pages, a DIMM of 512 MiB',
    path: 'arm64-7.3-page-tables.json.gz',
    archOptions: {},
    linear: 0xfff0_0000_0000_0000n,
    memmap: 0xffff_c1ff_c000_0000n,
    came: [range(3 * GIB, 3 * GIB + 512 * MIB)],
    // The guest kept it: its first block held pages of the kernel.
    stages: { before: 'boot', with: 'pc-dimm 512M added', after: null },
  },
  {
    title: '16 KiB pages, three blocks',
    path: 'arm64-7.3-16k-page-tables.json.gz',
    archOptions: { pageBytes: 16_384 },
    linear: 0xfff0_0000_0000_0000n,
    memmap: 0xffff_f03f_c000_0000n,
    came: [0, 1, 2].map((i) => range(2 * GIB + i * BLOCK, 2 * GIB + (i + 1) * BLOCK)),
    stages: { before: 'pc-dimm removed', with: 'virtio-mem 300M', after: 'virtio-mem 0' },
  },
]

/** Tables of the linear map and the vmemmap by level, the last one first, as a recording numbers them. */
function tablesOf(machine: Machine): readonly number[] {
  const [direct, vmemmap] = (['direct', 'vmemmap'] as const).map((region) =>
    countLevels(machine, wholeRegion(machine, region)).map(({ tables }) => tables),
  )
  return (direct ?? []).map((count, i) => count + (vmemmap?.[i] ?? 0)).toReversed()
}

describe.each(RECORDED)('$title', ({ path, archOptions, linear, memmap, came, stages }) => {
  const recorded = stagesOf(path)
  const [before, grown] = [recorded.get(stages.before), recorded.get(stages.with)]
  const machine = boot(archOptions)
  const all = range(came[0]?.start ?? 0, came.at(-1)?.end ?? 0)
  const [direct, structPages] = [directRange(machine, all), memmapRange(machine, all)]
  const counts = [tablesOf(machine)]
  for (const each of came) addMemory(machine, { range: each, nodeId: nodeId(0) })
  counts.push(tablesOf(machine))

  test('the linear map and the vmemmap begin where the guest has them', () => {
    const { direct: map, vmemmap } = machine.arch.mapping
    expect(map).toMatchObject({ base: linear, startAddress: GIB })
    expect(vmemmap).toMatchObject({ base: memmap, startAddress: GIB })
    const firsts = (before?.runs ?? []).map(({ start }) => BigInt(start))
    expect(firsts).toContain(linear)
    expect(firsts).toContain(memmap)
  })

  test('memory that came is mapped by the same leaves, and so are its struct pages', () => {
    const start = linear + BigInt(all.start - GIB)
    const wanted = recordedIn(grown, start, start + BigInt(all.end - all.start))
    expect(wanted).not.toEqual([])
    expect(modelIn(machine, direct)).toEqual(wanted)
    const { pageBytes } = machine.geometry
    const first = memmap + BigInt(((all.start - GIB) / pageBytes) * 64)
    const end = first + BigInt(((all.end - all.start) / pageBytes) * 64)
    expect(modelIn(machine, structPages)).toEqual(recordedIn(grown, first, end))
    expect(recordedIn(before, first, end)).toEqual([])
  })

  test('as many tables came', () => {
    const [fewer = [], more = []] = counts
    expect(more.map((count, level) => count - (fewer[level] ?? 0))).toEqual(
      more.map(
        (_, level) => (grown?.tables_count[level] ?? 0) - (before?.tables_count[level] ?? 0),
      ),
    )
  })

  test('all of them go again', () => {
    for (const each of came.toReversed()) removeMemory(machine, { range: each })
    expect(tablesOf(machine)).toEqual(counts[0])
    const after = stages.after === null ? before : recorded.get(stages.after)
    expect(after?.tables_count).toEqual(before?.tables_count)
    checkInvariants(machine)
  })
})

test('with a linear map of blocks 512 MiB are 256 contiguous blocks of 2 MiB, and no table', () => {
  const machine = boot({ linearMap: 'blocks' })
  const came = range(3 * GIB, 3 * GIB + 512 * MIB)
  const before = tablesOf(machine)
  addMemory(machine, { range: came, nodeId: nodeId(0) })
  const [run, ...others] = listLeaves(machine, directRange(machine, came))
  expect(others).toEqual([])
  expect(run).toMatchObject({ leafBytes: 32 * MIB, count: 16 })
  expect(run?.flags).toContain('C')
  // A level-1 table, and none below it.
  expect(tablesOf(machine).map((count, level) => count - (before[level] ?? 0))).toEqual([
    0, 1, 0, 0, 0,
  ])
})

test.each([
  ['', 'pages'],
  ['rodata=on', 'pages'],
  ['rodata=off', 'pages'],
  ['kfence.sample_interval=100', 'pages'],
  ['quiet rodata=off kfence.sample_interval=100', 'blocks'],
])('the command line "%s" makes a linear map of %s', (cmdline, wanted) => {
  const { arch } = createMachine(
    {
      arch: 'aarch64',
      cmdline,
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: GIB, end: 2 * GIB, node: 0 }],
    },
    { archs: [aarch64], drivers: [], kernels: KERNELS, subsystems: SUBSYSTEMS },
  )
  const { direct } = arch.mapping
  expect(direct.kind === 'radix' && direct.leaves.length > 1 ? 'blocks' : 'pages').toBe(wanted)
})
