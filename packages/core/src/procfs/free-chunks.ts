import { formatBuddyinfo, formatPagetypeinfo, type PageTypeZone } from '@memhp/kernel-files'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, MIGRATE_TYPE_LABELS, MIGRATE_TYPES } from '../model/page'
import type { Zone } from '../model/zone'
import { freeCounts, pageblockCounts } from '../section-pages/free-counts'
import { onlineNodes, populated, zones } from './zoneinfo'

/** Free chunks of a zone by migrate type, then by order. */
function freeByType(machine: Machine, zone: Zone): number[][] {
  const counts = freeCounts(machine, zone)
  return MIGRATE_TYPE_LABELS.map((_, type) =>
    Array.from(
      { length: machine.geometry.maxOrder + 1 },
      (_, order) => counts[order * MIGRATE_TYPES + type] ?? 0,
    ),
  )
}

/** /proc/buddyinfo: free chunks by order, populated zones only. */
export const buddyinfoText = (machine: Machine): string =>
  formatBuddyinfo(
    zones(machine)
      .filter(populated)
      .map((zone) => {
        const types = freeByType(machine, zone)
        const freeByOrder = Array.from({ length: machine.geometry.maxOrder + 1 }, (_, order) =>
          types.reduce((sum, counts) => sum + (counts[order] ?? 0), 0),
        )
        return { node: zone.nodeId, name: zone.name, freeByOrder }
      }),
  )

/** Migrate types in the kernel's order, CMA where the kernel can set memory aside: it counts that in /proc/meminfo, then, too. */
function typesOf(machine: Machine): readonly number[] {
  const { cma, isolate, ...others } = MIGRATE_TYPE
  const isSetAside = zones(machine).some(({ cmaPages }) => cmaPages > 0)
  const counts = machine.description.files?.['/proc/meminfo']?.includes('\nCmaTotal:') === true
  return [...Object.values(others), ...(isSetAside || counts ? [cma] : []), isolate]
}

/** /proc/pagetypeinfo: free chunks by order and migrate type, and pageblocks by type, of nodes that have memory. */
export function pagetypeinfoText(machine: Machine): string {
  const pageblockOrder = Math.round(Math.log2(machine.geometry.pageblockPages))
  const shownTypes = typesOf(machine)
  const inOrder = <T>(byType: readonly T[]): T[] =>
    shownTypes.flatMap((type) => byType.slice(type, type + 1))
  const zoneText = (zone: Zone): PageTypeZone => ({
    name: zone.name,
    freeByOrder: inOrder(freeByType(machine, zone)),
    pageblocks: inOrder(pageblockCounts(machine, zone)),
  })
  const types = inOrder(MIGRATE_TYPE_LABELS)
  const nodes = onlineNodes(machine).flatMap(({ id: node, zones }) => {
    const shown = zones.filter(populated).map(zoneText)
    return shown.length === 0 ? [] : { node, pageblockOrder, types, zones: shown }
  })
  return formatPagetypeinfo(nodes)
}
