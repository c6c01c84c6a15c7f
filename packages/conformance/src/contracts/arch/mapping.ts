import { alignDown, alignUp, invariant, type Machine, type Range } from '@memhp/core'
import { type LeafRun, listLeaves, translate } from '@memhp/core/inspect'
import type { PageTableGeometry, RegionName } from '@memhp/core/plugin'
import { kilobytesOf, parseMeminfo } from '@memhp/kernel-files'
import * as fc from 'fast-check'
import type { Contract } from '../contract'
import { type ArchBench, regionBytes } from './arch-bench'
import {
  demandRanges,
  holds,
  joinedBytes,
  joinRanges,
  type Move,
  makeMove,
  moves,
  neighbourMoves,
  type Pieces,
} from './coming-and-going'

/** What the kernel has mapped at each moment: no page too few, none too many. */
export function mappingContracts(bench: ArchBench): readonly Contract[] {
  const { isMapped } = bench.options
  const { pageTables } = bench.boot().arch.geometry
  if (pageTables !== undefined) return tableContracts(bench, pageTables)
  return [
    {
      name: 'maps exactly the memory that is there',
      run() {
        invariant(
          isMapped,
          'The arch has no geometry.pageTables to read: give the suite the option isMapped, which tells whether an address is mapped.',
        )
        atEachMoment(bench, (machine, pieces) => {
          const present = joinedBytes(machine, pieces)
          for (const at of edgesOf(bench, machine)) {
            const wanted = holds(present, at)
            const found = isMapped(machine, at)
            invariant(found === wanted, `0x${at.toString(16)} is ${found ? '' : 'not '}mapped.`)
          }
        })
      },
    },
  ]
}

const tableContracts = (bench: ArchBench, tables: PageTableGeometry): readonly Contract[] => [
  {
    name: 'maps exactly the memory that is there',
    run() {
      const atBoot = mapped(bench.boot(), 'direct')
      atEachMoment(bench, (machine, pieces) => {
        const present = joinedBytes(machine, pieces)
        const wanted = joinRanges([...atBoot, ...present])
        demandRanges('direct map', { wanted, found: mapped(machine, 'direct') })
        for (const at of edgesOf(bench, machine)) {
          const found = translate(machine, tables.regions.direct.base + BigInt(at))
          const address = holds(present, at) ? at : undefined
          invariant(
            found?.physicalAddress === address,
            `The kernel's address of 0x${at.toString(16)} leads to ${found?.physicalAddress}.`,
          )
        }
      })
    },
  },
  {
    name: 'maps the struct pages of each section that is there, and no leaf without one',
    run() {
      const atBoot = mapped(bench.boot(), 'vmemmap')
      atEachMoment(bench, (machine, pieces) => checkMemmap(machine, { atBoot, pieces }))
    },
  },
  {
    name: 'counts in /proc/meminfo what the leaves of the direct map are',
    run: () => atEachMoment(bench, (machine) => checkCounters(machine, tables)),
  },
]

/** Looks at the machine after each move: of two neighbours, which find a wrong edge without luck, and of some drawn. */
function atEachMoment(bench: ArchBench, look: (machine: Machine, pieces: Pieces) => void): void {
  const follow = (made: readonly Move[]): void => {
    const machine = bench.fresh()
    let pieces: Pieces = []
    for (const move of made) {
      pieces = makeMove(machine, pieces, move)
      look(machine, pieces)
    }
  }
  for (const made of neighbourMoves(bench)) follow(made)
  fc.assert(fc.property(moves(bench), follow), bench.draws())
}

/** The first byte and the last of each block of the windows. */
const edgesOf = (bench: ArchBench, machine: Machine): readonly number[] =>
  bench
    .windows()
    .flatMap(({ start, end }) =>
      Array.from(
        { length: end - start },
        (_, i) => (start + i) * machine.geometry.blockBytes,
      ).flatMap((at) => [at, at + machine.geometry.blockBytes - 1]),
    )

const leavesOf = (machine: Machine, region: RegionName): readonly LeafRun[] =>
  listLeaves(machine, { region, offset: 0, sizeBytes: regionBytes(machine, region) })

/** What a region maps, as bytes from its base. */
function mapped(machine: Machine, region: RegionName): readonly Range[] {
  const base = machine.arch.geometry.pageTables?.regions[region].base ?? 0n
  return joinRanges(
    leavesOf(machine, region).map(({ start, end }) => ({
      start: Number(start - base),
      end: Number(end - base),
    })),
  )
}

function checkMemmap(
  machine: Machine,
  { atBoot, pieces }: { readonly atBoot: readonly Range[]; readonly pieces: Pieces },
): void {
  const { pageBytes, pagesPerBlock } = machine.geometry
  const { structPageBytes, pageTables } = machine.arch.geometry
  const memmap = joinRanges(
    pieces.map(({ start, end }) => ({
      start: alignDown(start * pagesPerBlock * structPageBytes, pageBytes),
      end: alignUp(end * pagesPerBlock * structPageBytes, pageBytes),
    })),
  )
  const found = mapped(machine, 'vmemmap')
  for (const { start, end } of memmap) {
    const isWhole = found.some((range) => range.start <= start && end <= range.end)
    invariant(isWhole, `vmemmap: 0x${start.toString(16)}-0x${end.toString(16)} is not all mapped.`)
  }
  const base = pageTables?.regions.vmemmap.base ?? 0n
  for (const run of leavesOf(machine, 'vmemmap')) {
    for (let at = Number(run.start - base); at < Number(run.end - base); at += run.leafBytes) {
      const leaf = { start: at, end: at + run.leafBytes }
      const isNeeded = [...memmap, ...atBoot].some(
        (range) => range.start < leaf.end && leaf.start < range.end,
      )
      invariant(
        isNeeded,
        `vmemmap: the leaf at 0x${at.toString(16)} holds no struct page of a section.`,
      )
    }
  }
}

function checkCounters(machine: Machine, tables: PageTableGeometry): void {
  const meminfo = parseMeminfo(machine.tree.read('/proc/meminfo'))
  const leaves = leavesOf(machine, 'direct')
  for (const { sizeBytes, counter } of tables.directLeaves) {
    const bytes = leaves
      .filter(({ leafBytes }) => leafBytes === sizeBytes)
      .reduce((sum, { count }) => sum + count * sizeBytes, 0)
    const shown = kilobytesOf(meminfo, counter)
    invariant(
      shown !== undefined && shown * 1024 === bytes,
      `${counter} shows ${shown} kB, and the leaves of ${sizeBytes} bytes make ${bytes / 1024}.`,
    )
  }
}
