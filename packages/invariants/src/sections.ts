import type { Machine, Range } from '@memhp/core'
import { blockId, rangeSize, rangesOverlap } from '@memhp/core'
import {
  blockOfSection,
  directRange,
  findBlock,
  findSection,
  highmemStart,
  listLeaves,
} from '@memhp/core/inspect'
import { checkMapping, isSectionPresent, PAGE_TABLES } from '@memhp/core/plugin'
import type { Expect } from './broken-invariant'
import {
  coveredByTest,
  type InvariantEntry,
  stateInvariant,
  stepInvariant,
} from './invariant-entry'
import type { Look } from './look'
import { checkRunsApart } from './naming'
import { addedRanges, removedRanges } from './removal'
import { sectionsOfBlock } from './sections-seen'
import type { Step } from './step'

/** Section 8.10: sections and the kernel's page tables. */
export const SECTION_INVARIANTS: readonly InvariantEntry[] = [
  stateInvariant({
    id: 'v6.1/71',
    text: 'An online section is present once, in a block and in a zone; one without a block is what a failed add left.',
    of: ['sections', 'blocks', 'runs'],
    look: checkSectionTable,
  }),
  stateInvariant({
    id: 'v6.1/72',
    text: 'A section is online exactly where its block is.',
    of: ['sections', 'blocks'],
    look: checkSectionsOnline,
  }),
  stateInvariant({
    id: 'v6.1/73',
    text: 'The vmemmap holds the struct pages of all present sections and of no others.',
    of: ['mapping'],
    look: checkTables,
  }),
  coveredByTest({
    id: 'v6.1/74',
    text: 'On x86, a large page of the vmemmap is mapped exactly as long as some section has struct pages in it.',
  }),
  stepInvariant({
    id: 'v6.1/75',
    text: 'After a removal no leaf of the direct map covers a byte of the range, unless it could not be split for want of memory, and those beside it are what they were.',
    of: 'lost blocks',
    look: checkRemovedMapping,
  }),
  coveredByTest({
    id: 'v6.1/76',
    text: 'A removal frees every table that has become empty, but for PUD tables with four levels.',
  }),
  stepInvariant({
    id: 'v6.1/77',
    text: 'The sum of the DirectMap lines of /proc/meminfo falls by exactly what is removed, less what comes in the same step.',
    of: 'lost blocks',
    look: checkDirectMapCounters,
  }),
  coveredByTest({
    id: 'v6.1/78',
    text: 'A poisoned page is forgotten when its section is removed: the memory comes back healthy.',
  }),
]

function checkSectionTable(look: Look, expect: Expect): void {
  const { machine, sections, isDue } = look
  const { runs, separated } = machine.state.memory.sections
  checkRunsApart({ what: 'section', runs, isDue }, expect)
  for (const run of runs) {
    if (!isDue(run)) continue
    checkHasBlock(machine, run.start, expect)
    checkHasBlock(machine, run.end - 1, expect)
  }
  for (const nr of look.others)
    if (isSectionPresent(machine, nr)) checkHasBlock(machine, nr, expect)
  for (const section of sections) {
    const { nr } = section
    expect.same(() => `section ${nr}`, { expected: true, seen: separated.get(nr) === section })
    const isHomeless = findBlock(machine, blockOfSection(machine, nr)) === undefined
    expect.holds(!isHomeless || !(section.online || section.early), {
      place: () => `section ${nr}`,
      expected: 'a block',
      seen: undefined,
    })
    const run = runs.find(({ start, end: last }) => start <= nr && nr < last)
    expect.same(() => `section ${nr} in a run of untouched ones`, {
      expected: undefined,
      seen: run,
    })
    const zoneless = section.zone === null && !section.early
    expect.holds(!section.online || !zoneless, {
      place: () => `section ${nr}`,
      expected: 'a zone where it is online',
      seen: section.zone,
    })
  }
}

function checkHasBlock(machine: Machine, nr: number, expect: Expect): void {
  expect.same(() => `section ${nr} in a block`, {
    expected: true,
    seen: findBlock(machine, blockOfSection(machine, nr)) !== undefined,
  })
}

function checkSectionsOnline({ machine, blocks, sections }: Look, expect: Expect): void {
  for (const block of blocks) {
    for (const nr of sectionsOfBlock(machine, block.id)) {
      const section = findSection(machine, nr)
      if (section === undefined) continue
      const place = () => `section ${nr} of memory${block.id} online`
      expect.same(place, { expected: block.state === 'online', seen: section.online })
    }
  }
  for (const section of sections) {
    const block = findBlock(machine, blockOfSection(machine, section.nr))
    const place = () => `section ${section.nr} online`
    expect.same(place, { expected: block?.state === 'online', seen: section.online })
  }
}

const sizeOf = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, range) => sum + rangeSize(range), 0)

/** The DirectMap lines together fall by what was removed. On arm64 there are none. */
export function checkDirectMapCounters(step: Step, expect: Expect): void {
  const removed = sizeOf(removedRanges(step))
  const { machine } = step
  const { direct } = machine.arch.mapping
  if (removed === 0 || direct.kind !== 'radix' || direct.counters === undefined) return
  if (keepsDirectMap(machine) || keepsLeaves(step) || lacksTables(step)) return
  // A device that changes its size may bring other blocks in the same step.
  const added = sizeOf(addedRanges(step))
  const seen = step.after.directMapKib - step.before.directMapKib
  expect.same('change of DirectMap in kB', { expected: (added - removed) / 1024, seen })
}

/** Tables that core keeps for an arch are checked with all that the arch keeps: `model/arch`. */
function checkTables({ machine, mapped }: Look): void {
  const { mapping, slots = [] } = machine.arch
  if (mapping.tables !== undefined && !slots.includes(PAGE_TABLES)) checkMapping(machine, mapped)
}

/** Where there is high memory, what comes is part of it, and what goes leaves the direct map alone. Source: arch/x86/mm/init_32.c. */
const keepsDirectMap = ({ arch }: Machine): boolean => Number.isFinite(highmemStart(arch.geometry))

/** Whether leaves of boot may be larger than what goes, and stay until all of their memory has gone: also where it came again. */
const keepsLeaves = (step: Step): boolean => {
  const { arch, description } = step.machine
  const { direct } = arch.mapping
  if (direct.kind !== 'radix' || direct.partialLeaf !== 'keep') return false
  return removedRanges(step).some((range) =>
    description.ram.some((ram) => rangesOverlap(ram, range)),
  )
}

/** Whether a leaf that is larger than what goes stays, as no page was left for the table that would split it. */
const lacksTables = ({ log }: Step): boolean =>
  log.some(({ text }) => text.startsWith('direct map: ') && text.endsWith('(no-memory-to-split)'))

/** No leaf of the direct map covers a removed byte, and those beside it are there still. */
export function checkRemovedMapping(step: Step, expect: Expect): void {
  const { machine } = step
  if (machine.arch.mapping.direct.kind !== 'radix' || keepsDirectMap(machine)) return
  const { blockBytes, pageBytes } = machine.geometry
  for (const { start, end } of removedRanges(step)) {
    const leaves = listLeaves(machine, directRange(machine, { start, end }))
    const kept = keepsLeaves(step) ? leaves.filter(({ leafBytes }) => leafBytes > blockBytes) : []
    const seen = leaves.length - kept.length
    if (!lacksTables(step))
      expect.same(`direct map from 0x${start.toString(16)}`, { expected: 0, seen })
    for (const [beside, at] of [
      [start / blockBytes - 1, start - pageBytes],
      [end / blockBytes, end],
    ] as const) {
      const block = findBlock(machine, blockId(beside))
      if (block === undefined || block.early) continue
      const found = listLeaves(machine, directRange(machine, { start: at, end: at + pageBytes }))
      expect.same(`direct map at 0x${at.toString(16)}`, { expected: 1, seen: found.length })
    }
  }
}
