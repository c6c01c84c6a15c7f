import { type Machine, type MemoryNotifier, type Range, registerMemoryNotifier } from '@memhp/core'
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
 * Memory of boot never goes offline: the kernel's own notifier refuses it, with EPERM as a bare refusal is told. It is asked
 * last, so that a block with holes is EINVAL before, and one with pages that cannot move EBUSY. Since 7.3 it refuses as well
 * what could not be unmapped without a split: a block that holds its own struct pages, whose leaf of the vmemmap has theirs too.
 * Source: prevent_bootmem_remove_notifier, arch/arm64/mm/mmu.c 6.1; spec 4.5; recorded guests.
 */
const arm64Notifier =
  (machine: Machine): MemoryNotifier =>
  (event, { startPfn, pageCount }) => {
    if (event !== 'MEM_GOING_OFFLINE') return 'ok'
    const { pageBytes } = machine.geometry
    const [start, end] = [startPfn * pageBytes, (startPfn + pageCount) * pageBytes]
    const range = `[${hex(start)} ${hex(end)}]`
    if (holdsBootMemory(machine, { start, end })) {
      logLine(machine, 'warn', `Boot memory ${range} offlining attempted`)
      return 'bad'
    }
    if (machine.generation.rules.offline.partOfLeaf === 'goes') return 'ok'
    const split = splitIn(machine, { start, end })
    if (split === undefined) return 'ok'
    logLine(machine, 'warn', `${range} splits a leaf entry in ${split}`)
    return 'bad'
  }

/** Registers what keeps memory online. */
export function registerArm64Notifier(machine: Machine): void {
  const notifier = arm64Notifier(machine)
  registerMemoryNotifier(machine.memoryChain, { name: 'arm64', priority: 0, notifier })
}
