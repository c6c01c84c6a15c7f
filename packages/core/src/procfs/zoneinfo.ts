import type { Machine } from '../model/machine'
import { MIGRATE_TYPE_LABELS, MIGRATE_TYPES } from '../model/page'
import type { Zone } from '../model/zone'
import { freeCounts, pageblockCounts } from '../section-pages/free-counts'

const zones = (machine: Machine): Zone[] =>
  [...machine.state.memory.nodes.values()]
    .filter((node) => node.online)
    .flatMap((node) => node.zones)

const populated = (zone: Zone): boolean => zone.presentPages > 0

/** /proc/zoneinfo: the counts that hot-plug changes. Source: mm/vmstat.c 6.1; spec 1.6. */
export function formatZoneinfo(machine: Machine): string {
  return zones(machine)
    .map((zone) => {
      const lines = [
        `Node ${zone.nodeId}, zone ${zone.name.padStart(8)}`,
        `  pages free     ${zone.free.freePages}`,
        `        spanned  ${zone.spannedPages}`,
        `        present  ${zone.presentPages}`,
        `        managed  ${zone.managedPages}`,
      ]
      if (populated(zone)) lines.push(`  start_pfn:           ${zone.startPfn}`)
      return `${lines.join('\n')}\n`
    })
    .join('')
}

/** /proc/buddyinfo: free chunks by order, populated zones only. */
export function formatBuddyinfo(machine: Machine): string {
  const orders = machine.geometry.maxOrder + 1
  return zones(machine)
    .filter(populated)
    .map((zone) => {
      const counts = freeCounts(machine, zone)
      const cells = Array.from({ length: orders }, (_, order) => {
        let sum = 0
        for (let type = 0; type < MIGRATE_TYPES; type++)
          sum += counts[order * MIGRATE_TYPES + type] ?? 0
        return `${String(sum).padStart(6)} `
      })
      return `Node ${zone.nodeId}, zone ${zone.name.padStart(8)} ${cells.join('')}\n`
    })
    .join('')
}

/** /proc/pagetypeinfo: free chunks by order and migrate type, and pageblocks by type. */
export function formatPagetypeinfo(machine: Machine): string {
  const { maxOrder, pageblockPages } = machine.geometry
  const head = [
    `Page block order: ${Math.round(Math.log2(pageblockPages))}`,
    `Pages per block:  ${pageblockPages}`,
    '',
    `Free pages count per migrate type at order ${Array.from({ length: maxOrder + 1 }, (_, i) => String(i).padStart(6)).join(' ')} `,
  ]
  const shown = zones(machine).filter(populated)
  const free = shown.flatMap((zone) => {
    const counts = freeCounts(machine, zone)
    return MIGRATE_TYPE_LABELS.map((label, type) => {
      const cells = Array.from({ length: maxOrder + 1 }, (_, order) =>
        String(counts[order * MIGRATE_TYPES + type] ?? 0).padStart(6),
      )
      return `Node ${String(zone.nodeId).padStart(4)}, zone ${zone.name.padStart(8)}, type ${label.padStart(12)} ${cells.join(' ')} `
    })
  })
  const blocksHead = `Number of blocks type ${MIGRATE_TYPE_LABELS.map((label) => label.padStart(12)).join(' ')} `
  const blocks = shown.map((zone) => {
    const cells = pageblockCounts(machine, zone).map((count) => String(count).padStart(12))
    return `Node ${zone.nodeId}, zone ${zone.name.padStart(8)} ${cells.join(' ')} `
  })
  return `${[...head, ...free, '', blocksHead, ...blocks].join('\n')}\n`
}
