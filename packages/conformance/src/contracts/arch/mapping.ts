import {
  alignDown,
  alignUp,
  invariant,
  isPowerOfTwo,
  type Machine,
  physAddr,
  type Range,
  sectionNr,
} from '@memhp/core'
import {
  hasStructPages,
  highmemStart,
  type LeafRun,
  listLeaves,
  memmapRange,
  regionOrigin,
  translate,
  wholeRegion,
} from '@memhp/core/inspect'
import type { FixedRegion, KernelMapping, RadixDirectMap, RegionName } from '@memhp/core/plugin'
import { kilobytesOf, parseMeminfo } from '@memhp/kernel-files'
import type { Contract } from '../contract'
import { type ArchBench, blockBytes } from './arch-bench'
import {
  demandRanges,
  holds,
  joinedBytes,
  joinRanges,
  leftBehind,
  type Pieces,
} from './coming-and-going'
import { atEachMoment } from './moments'

/** What the kernel has mapped at each moment: no page too few, none too many. */
export function mappingContracts(bench: ArchBench): readonly Contract[] {
  const { direct, vmemmap } = bench.boot().arch.mapping
  return [
    ...directContracts(bench, direct),
    {
      name: 'has struct pages for each section that is there, and for no other',
      run: () =>
        atEachMoment(bench, {
          look: (machine, pieces) => checkStructPages(bench, machine, pieces),
        }),
    },
    ...(vmemmap.kind === 'radix' ? [memmapLeaves(bench)] : []),
  ]
}

function directContracts(bench: ArchBench, direct: KernelMapping['direct']): readonly Contract[] {
  const name = 'maps exactly the memory that is there'
  if (direct.kind === 'radix') {
    return [
      { name, run: () => checkDirectLeaves(bench, direct) },
      {
        name: 'counts in /proc/meminfo what the leaves of the direct map are',
        run: () => atEachMoment(bench, { look: (machine) => checkCounters(machine, direct) }),
      },
    ]
  }
  if (direct.kind === 'fixed' && direct.translation !== undefined)
    return [
      {
        name: 'maps memory by translations of sizes that there are',
        run: () => checkTranslations(bench, direct.translation),
      },
    ]
  if (direct.kind !== 'hash') return []
  return [
    {
      name,
      run() {
        atEachMoment(bench, {
          look(machine, pieces) {
            const present = joinedBytes(machine, pieces)
            for (const at of edgesOf(bench, machine)) {
              const wanted = holds(present, at)
              const found = entryAddress(machine, at) === at
              invariant(found === wanted, `0x${at.toString(16)} is ${found ? '' : 'not '}mapped.`)
            }
          },
        })
      },
    },
  ]
}

/** Boot memory is mapped by translations; memory that came may wait for one, but is mapped by none that does not have it. */
function checkTranslations(bench: ArchBench, translation: FixedRegion['translation']): void {
  const look = (machine: Machine, pieces: Pieces): void => {
    const { ram } = machine.description
    const came = joinedBytes(machine, pieces).flatMap(({ start, end }) => [start, end - 1])
    for (const at of [...came, ...ram.flatMap(({ start, end }) => [start, end - 1])]) {
      const found = translation?.(machine, at) ?? undefined
      const isBoot = ram.some(({ start, end }) => start <= at && at < end)
      invariant(found !== undefined || !isBoot, `0x${at.toString(16)} is not mapped.`)
      if (found === undefined) continue
      const { start, bytes } = found
      const isSize = isPowerOfTwo(bytes) && bytes >= machine.geometry.pageBytes
      invariant(
        isSize && start <= at && at < start + bytes,
        `0x${at.toString(16)} is mapped by 0x${bytes.toString(16)} bytes from 0x${start.toString(16)}.`,
      )
    }
  }
  atEachMoment(bench, { look })
}

/** Where the entry of an address in a hashed direct map leads; undefined where there is none. */
function entryAddress(machine: Machine, at: number): number | undefined {
  const { pageBytes } = machine.geometry
  const start = alignDown(at, pageBytes)
  const range = { start: physAddr(start), end: physAddr(start + pageBytes) }
  const entry = machine.arch
    .entries?.(machine, range)
    .find(({ region, offset, pageBytes: size }) => {
      return region === 'direct' && offset <= at && at < offset + size
    })
  return entry && entry.physicalAddress + (at - entry.offset)
}

/** The direct map ends where HighMem begins. */
const directPart = (machine: Machine, ranges: readonly Range[]): readonly Range[] => {
  const limit = highmemStart(machine.arch.geometry)
  return ranges
    .map(({ start, end }) => ({ start, end: Math.min(end, limit) }))
    .filter(({ start, end }) => start < end)
}

function checkDirectLeaves(bench: ArchBench, { base, startAddress = 0 }: RadixDirectMap): void {
  const atBoot = mapped(bench.boot(), 'direct')
  const look = (machine: Machine, pieces: Pieces): void => {
    const present = directPart(
      machine,
      joinRanges([...joinedBytes(machine, pieces), ...leftBehind(machine)]),
    )
    const wanted = joinRanges([
      ...atBoot,
      ...present.map(({ start, end }) => ({
        start: start - startAddress,
        end: end - startAddress,
      })),
    ])
    demandRanges('direct map', { wanted, found: mapped(machine, 'direct') })
    for (const at of edgesOf(bench, machine)) {
      const found = translate(machine, base + BigInt(at - startAddress))
      const address = holds(present, at) ? at : undefined
      invariant(
        found?.physicalAddress === address,
        `The kernel's address of 0x${at.toString(16)} leads to ${found?.physicalAddress}.`,
      )
    }
  }
  atEachMoment(bench, { look })
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

/**
 * Asked of the first section and the last of each block of the windows. Where sections share what their struct pages lie in, or
 * where these are never freed, those of an absent section may be there too.
 */
function checkStructPages(bench: ArchBench, machine: Machine, pieces: Pieces): void {
  const { sectionBytes, memmapBytesPerSection } = machine.geometry
  const { memmap, mapping } = machine.arch
  const present = joinedBytes(machine, pieces)
  const leafBytes = (mapping.vmemmap.kind === 'radix' && mapping.vmemmap.leaves[0]) || 1
  const isApart = mapping.vmemmap.kind === 'radix' && memmapBytesPerSection % leafBytes === 0
  const isExact = memmap.freed !== 'never' && (memmap.kind === 'perSection' || isApart)
  for (const at of edgesOf(bench, machine)) {
    const nr = sectionNr(Math.floor(at / sectionBytes))
    const [wanted, found] = [holds(present, at), hasStructPages(machine, nr)]
    const isRight = found === wanted || (found && !isExact)
    invariant(isRight, `Section ${nr} ${found ? 'has' : 'lacks'} struct pages.`)
  }
}

const leavesOf = (machine: Machine, region: RegionName): readonly LeafRun[] =>
  listLeaves(machine, wholeRegion(machine, region))

/** What a region in page tables maps, as offsets. */
function mapped(machine: Machine, region: RegionName): readonly Range[] {
  const base = regionOrigin(machine.arch, region)
  return joinRanges(
    leavesOf(machine, region).map(({ start, end }) => ({
      start: Number(start - base),
      end: Number(end - base),
    })),
  )
}

const memmapLeaves = (bench: ArchBench): Contract => ({
  name: 'maps the struct pages of each section that is there, and no leaf without one',
  run() {
    const atBoot = mapped(bench.boot(), 'vmemmap')
    atEachMoment(bench, {
      look: (machine, pieces) => checkMemmap(machine, { atBoot, pieces }),
    })
  },
})

function checkMemmap(
  machine: Machine,
  { atBoot, pieces }: { readonly atBoot: readonly Range[]; readonly pieces: Pieces },
): void {
  const { pageBytes } = machine.geometry
  const memmap = joinRanges(
    pieces.map((blocks) => {
      const { offset, sizeBytes } = memmapRange(machine, blockBytes(machine, blocks))
      return {
        start: alignDown(offset, pageBytes),
        end: alignUp(offset + sizeBytes, pageBytes),
      }
    }),
  )
  const found = mapped(machine, 'vmemmap')
  for (const { start, end } of memmap) {
    const isWhole = found.some((range) => range.start <= start && end <= range.end)
    invariant(isWhole, `vmemmap: 0x${start.toString(16)}-0x${end.toString(16)} is not all mapped.`)
  }
  if (machine.arch.memmap.freed === 'never') return
  const base = regionOrigin(machine.arch, 'vmemmap')
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

function checkCounters(machine: Machine, { counters = [] }: RadixDirectMap): void {
  const meminfo = parseMeminfo(machine.tree.read('/proc/meminfo'))
  const leaves = leavesOf(machine, 'direct')
  for (const { sizeBytes, counter } of counters) {
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
