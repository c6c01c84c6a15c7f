import { type Machine, type Range, registerMemoryNotifier } from '@memhp/core'
import { directRange, listLeaves, memmapRange, regionOrigin } from '@memhp/core/inspect'
import { holdsBootMemory, logLine, type MappingRange } from '@memhp/core/plugin'

const hex = (address: number): string => address.toString(16)

/** Whether a part of a region begins or ends within a leaf, which would have to be split to take it away. */
function splitsLeaf(machine: Machine, { region, offset, sizeBytes }: MappingRange): boolean {
  const { pageBytes } = machine.geometry
  const origin = regionOrigin(machine.arch, region)
  const leafAt = (at: number): Range | undefined => {
    const [leaf] = listLeaves(machine, { region, offset: at, sizeBytes: pageBytes })
    return leaf && { start: Number(leaf.start - origin), end: Number(leaf.end - origin) }
  }
  const end = offset + sizeBytes
  const [first, last] = [leafAt(offset), leafAt(end - pageBytes)]
  return (first?.start ?? offset) < offset || end < (last?.end ?? end)
}

/** What the range would split, in the kernel's words. Source: Linux 7.3 as seen; arch/arm64/mm/mmu.c. */
function splitIn(machine: Machine, range: Range): string | undefined {
  if (splitsLeaf(machine, directRange(machine, range))) return 'linear map'
  return splitsLeaf(machine, memmapRange(machine, range)) ? 'vmemmap' : undefined
}

/**
 * Why pages never go offline, in the kernel's words: memory of boot, and since 7.3 what could not be unmapped without a split:
 * a block that holds its own struct pages, whose leaf of the vmemmap has theirs too.
 * Source: prevent_bootmem_remove_notifier, arch/arm64/mm/mmu.c 6.1; spec 4.5; recorded guests.
 */
function whyKept(machine: Machine, pages: Range): string | undefined {
  const { pageBytes } = machine.geometry
  const [start, end] = [pages.start * pageBytes, pages.end * pageBytes]
  const range = `[${hex(start)} ${hex(end)}]`
  if (holdsBootMemory(machine, { start, end })) return `Boot memory ${range} offlining attempted`
  if (machine.generation.rules.offline.partOfLeaf === 'goes') return undefined
  const split = splitIn(machine, { start, end })
  return split && `${range} splits a leaf entry in ${split}`
}

/**
 * Registers what keeps memory online: the kernel's own notifier refuses, with EPERM as a bare refusal is told. It is asked last, so
 * that a block with holes is EINVAL before, and one with pages that cannot move EBUSY.
 */
export function registerArm64Notifier(machine: Machine): void {
  registerMemoryNotifier(machine.memoryChain, {
    name: 'arm64',
    priority: 0,
    keeps: (pages) => whyKept(machine, pages) !== undefined,
    notifier(event, { startPfn, pageCount }) {
      if (event !== 'MEM_GOING_OFFLINE') return 'ok'
      const why = whyKept(machine, { start: startPfn, end: startPfn + pageCount })
      if (why === undefined) return 'ok'
      logLine(machine, 'warn', why)
      return 'bad'
    },
  })
}
