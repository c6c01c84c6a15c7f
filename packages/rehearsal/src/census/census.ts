import type { Machine } from '@memhp/core'
import type { FirmwareMapEntry } from '@memhp/core/inspect'
import { DIALECTS } from '@memhp/platforms/dialects'
import type { Dialects } from '@memhp/topology'
import { countBlocks, countSections, type SectionCensus } from './count-blocks'
import { countDevices, type DeviceCensus } from './count-devices'
import { countEntries, type EntryCensus } from './count-entries'
import { countNodes, type NodeCensus } from './count-nodes'
import { countPageUse, type PageUse } from './count-page-use'
import { countRemainder, type Remainder } from './count-remainder'
import { type IomemLine, iomemLinesIn } from './count-resources'
import { countTables, type TableCensus } from './count-tables'
import type { Scope } from './scope'

/**
 * Everything that a machine keeps about some physical memory, counted: the six things that come and go with it. What is
 * counted is what stands in the machine now, not what was done to it. Plain data.
 */
export interface Census {
  /** 1. The firmware driver's devices, with the ranges that they hold. */
  readonly devices: readonly DeviceCensus[]
  /** 2. Entries of /sys/firmware/memmap inside the memory. */
  readonly firmwareMap: readonly FirmwareMapEntry[]
  /** 3. Lines of /proc/iomem that the memory meets. */
  readonly iomem: readonly IomemLine[]
  /** 4. Sections with a memmap, and memory blocks with their files and links. */
  readonly sections: SectionCensus
  /** 5. The kernel's page tables for it; null on an architecture that has none. */
  readonly tables: TableCensus | null
  /** 5. The entries of a hash page table for it; null where there are page tables. */
  readonly entries: EntryCensus | null
  /** 6. Nodes that the memory belongs to. */
  readonly nodes: readonly NodeCensus[]
  /** Pages by use, inside the memory and everywhere else. */
  readonly pages: PageUse
  /** All of the above outside the memory, as totals: none of it may change. */
  readonly remainder: Remainder
}

/**
 * Counts what a machine keeps about some memory. Changes nothing.
 * @param dialects of the firmware that its devices may be of; default: of all that @memhp/platforms lists
 */
export function takeCensus(machine: Machine, scope: Scope, dialects: Dialects = DIALECTS): Census {
  const { entries } = machine.state.memory.firmwareMap
  const inside = entries.filter(({ start, end }) =>
    scope.ranges.some((range) => range.start <= start && end < range.end),
  )
  const blocks = countBlocks(machine, scope)
  const sections: SectionCensus = { present: countSections(machine, scope), ...blocks }
  const tables = countTables(machine, scope)
  return {
    devices: countDevices(machine, scope, dialects),
    firmwareMap: inside.map((entry) => ({ ...entry })),
    iomem: iomemLinesIn(machine, scope),
    sections,
    tables,
    entries: countEntries(machine, scope),
    nodes: countNodes(machine, scope),
    pages: countPageUse(machine, scope),
    remainder: countRemainder(machine, scope, {
      firmwareMap: inside.length,
      sections: sections.present,
      tables,
    }),
  }
}
