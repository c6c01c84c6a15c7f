// The direct map of each architecture, page by page: built, translated and torn down at every alignment of start and end around
// the boundary of each level, beside a flat model.
import {
  createMachine,
  GENERATIONS,
  generationOf,
  type Machine,
  MIB,
  nodeId,
  refusalOf,
} from '@memhp/core'
import { countLevels, listLeaves, radixRegions, translate, wholeRegion } from '@memhp/core/inspect'
import { mapRange, type RadixDirectMap, unmapRange } from '@memhp/core/plugin'
import { ARCHS } from '@memhp/platforms'
import { describe, expect, test } from 'vitest'

interface Subject {
  readonly name: string
  readonly machine: Machine
  readonly direct: RadixDirectMap
}

/** Every variant of every architecture whose direct map is in tables, with 256 MiB of memory, or two sections; of the newest kernel. */
const SUBJECTS: readonly Subject[] = ARCHS.flatMap((arch) =>
  Object.entries(arch.variants ?? { '': {} }).flatMap(([kind, archOptions]) => {
    for (const { name: kernel } of GENERATIONS.toReversed()) {
      let machine: Machine | undefined
      refusalOf(() => {
        const from = (end: number) => ({
          ...{ arch: arch.name, archOptions, kernel, nodes: [{ id: 0, cpus: [0] }] },
          ram: [{ start: 0, end, node: 0 }],
        })
        const { sectionSizeBits } = arch.create(
          arch.parseOptions({ ...archOptions }),
          from(256 * MIB),
          generationOf(kernel, GENERATIONS),
        ).geometry
        const end = Math.max(256 * MIB, 2 ** (sectionSizeBits + 1))
        machine = createMachine(from(end), { archs: [arch], drivers: [], kernels: GENERATIONS })
      })
      const direct = machine?.arch.mapping.direct
      // The flat model has no runs of entries: `testArch` tries those.
      if (machine?.arch.mapping.tables?.levels.some(({ run }) => run !== undefined)) return []
      // Where boot alone maps, nothing is built or torn down.
      if (machine !== undefined && direct?.kind === 'radix' && direct.fixedAtBoot === undefined)
        return [{ name: `${arch.name}, ${kind}`, machine, direct }]
    }
    return []
  }),
)

/** What the tables are, and the pages that are free. */
function stateOf(machine: Machine) {
  const free = [...machine.state.memory.zones.values()].map(
    (zone) => zone.free.freePages + zone.perCpu.length,
  )
  const levels = radixRegions(machine.arch).map((region) =>
    countLevels(machine, wholeRegion(machine, region)),
  )
  return { free, levels }
}

/** Spans of the levels in bytes, of the top one where its entries can be leaves: the last is a page. */
const spansOf = ({ machine, direct }: Subject): readonly number[] =>
  (machine.arch.mapping.tables?.levels ?? [])
    .map(({ shift }) => 2 ** shift)
    .filter((span, i) => i > 0 || direct.leaves.includes(span))

/** Ranges of bytes from the base whose ends lie at a boundary, or one span of a lower level before or behind it. */
function rangesAround(subject: Subject, span: number): readonly (readonly [number, number])[] {
  const { machine } = subject
  const beyond = Math.max(...machine.description.ram.map(({ end }) => end))
  const boundary = Math.ceil((beyond + span) / span) * span
  const steps = [0, ...spansOf(subject).filter((each) => each <= span)]
  const edges = [...new Set(steps.flatMap((step) => [boundary - step, boundary + step]))]
  return edges.flatMap((start) =>
    edges.flatMap((end) => (beyond <= start && start < end ? [[start, end] as const] : [])),
  )
}

/** The flat model: the largest leaf that is aligned and fits, again and again. */
function leavesOf({ direct, machine }: Subject, range: readonly [number, number]) {
  const spans = spansOf({ direct, machine, name: '' })
  const sizes = direct.leaves.filter((bytes) => spans.includes(bytes)).toSorted((a, b) => b - a)
  const counts = new Map<number, number>()
  for (let at = range[0]; at < range[1]; ) {
    const size = sizes.find((bytes) => at % bytes === 0 && at + bytes <= range[1])
    if (size === undefined) throw new Error(`No leaf fits at ${at}.`)
    counts.set(size, (counts.get(size) ?? 0) + 1)
    at += size
  }
  return counts
}

/** Ranges of more base pages than this are left to large leaves: each page takes its time. */
const MOST_LEAVES = 70_000

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))('%s', (_, subject) => {
  const { machine, direct } = subject
  test.each(spansOf(subject).map((span) => [span] as const))(
    'around a boundary of %i bytes',
    (span) => {
      const before = stateOf(machine)
      let tried = 0
      for (const range of rangesAround(subject, span)) {
        const [offset, end] = range
        const wanted = leavesOf(subject, range)
        const count = [...wanted.values()].reduce((sum, each) => sum + each, 0)
        if (count > MOST_LEAVES || end > machine.arch.mappable.end) continue
        tried += 1
        const place = { region: 'direct', offset, sizeBytes: end - offset } as const
        const mapped = mapRange(machine, {
          ...place,
          leafSizes: direct.leaves.filter((bytes) => wanted.has(bytes) || bytes <= span),
          backing: { kind: 'linear', address: offset },
          nodeId: nodeId(0),
        })
        const told = new Map(mapped.leaves.map((each) => [each.leafBytes, each.count]))
        expect(told, `${range}`).toEqual(wanted)
        const runs = listLeaves(machine, place)
        expect(runs[0]?.start, `${range}`).toBe(direct.base + BigInt(offset))
        expect(runs.at(-1)?.end, `${range}`).toBe(direct.base + BigInt(end))
        for (const at of [offset, end - 1])
          expect(translate(machine, direct.base + BigInt(at))?.physicalAddress).toBe(at)
        for (const at of [offset - 1, end])
          if (at >= Math.max(...machine.description.ram.map((ram) => ram.end)))
            expect(translate(machine, direct.base + BigInt(at)), `${at}`).toBeUndefined()
        unmapRange(machine, {
          ...place,
          frames: 'keep',
          partialLeaf: 'keep',
          emptyTables: 'free',
          nodeId: nodeId(0),
        })
        expect(listLeaves(machine, place), `${range}`).toEqual([])
      }
      expect(tried).toBeGreaterThan(0)
      const { permanentTables = [] } = machine.arch.mapping.tables ?? {}
      if (permanentTables.length === 0) expect(stateOf(machine)).toEqual(before)
    },
    60_000,
  )
})
