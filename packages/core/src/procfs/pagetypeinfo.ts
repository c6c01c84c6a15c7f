import { formatPagetypeinfo, type PageTypeZone } from '@memhp/kernel-files'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE_LABELS } from '../model/page'
import type { Zone } from '../model/zone'
import { pageblockCounts } from '../section-pages/free-counts'
import { freeByType, onlineNodes, populated } from './zoneinfo'

/** /proc/pagetypeinfo: free chunks by order and migrate type, and pageblocks by type, of nodes that have memory. */
export function pagetypeinfoText(machine: Machine): string {
  const pageblockOrder = Math.round(Math.log2(machine.geometry.pageblockPages))
  const zoneText = (zone: Zone): PageTypeZone => ({
    name: zone.name,
    freeByOrder: freeByType(machine, zone),
    pageblocks: pageblockCounts(machine, zone),
  })
  const nodes = onlineNodes(machine).flatMap(({ id: node, zones }) => {
    const shown = zones.filter(populated).map(zoneText)
    const types = MIGRATE_TYPE_LABELS
    return shown.length === 0 ? [] : { node, pageblockOrder, types, zones: shown }
  })
  return formatPagetypeinfo(nodes)
}
