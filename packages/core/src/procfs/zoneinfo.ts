import { formatZoneinfo, type ZoneCounts, zoneinfoOver } from '@memhp/kernel-files'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import type { Rereader } from '../model/subsystem'
import type { Zone } from '../model/zone'

export const onlineNodes = (machine: Machine): MemoryNode[] =>
  [...machine.state.memory.nodes.values()].filter((node) => node.online)

export const zones = (machine: Machine): Zone[] =>
  onlineNodes(machine).flatMap((node) => node.zones)

export const populated = (zone: Zone): boolean => zone.presentPages > 0

export const isFirstOfNode = (machine: Machine, zone: Zone): boolean =>
  machine.state.memory.nodes.get(zone.nodeId)?.zones.find(populated) === zone

const countsOf = (zone: Zone): ZoneCounts => ({
  node: zone.nodeId,
  name: zone.name,
  free: zone.free.freePages,
  spanned: zone.spannedPages,
  present: zone.presentPages,
  managed: zone.managedPages,
  startPfn: populated(zone) ? zone.startPfn : undefined,
  ...(zone.cmaPages === 0 ? {} : { cma: zone.cmaPages }),
})

/**
 * Prepares the text of /proc/zoneinfo: the counts that hot-plug changes, over what was captured where that is known.
 * Source: mm/vmstat.c 6.1; spec 1.6.
 */
export function zoneinfoText(machine: Machine, rereader: Rereader | undefined): () => string {
  const { zoneinfo } = machine.generation.rules.procfs
  const base = machine.description.files?.['/proc/zoneinfo']
  let over: ReturnType<typeof zoneinfoOver> | undefined
  const show = (zone: Zone): string => {
    if (base === undefined) return formatZoneinfo([countsOf(zone)])
    over ??= zoneinfoOver(base)
    return over(countsOf(zone), isFirstOfNode(machine, zone))
  }
  const list = (): readonly Zone[] =>
    zones(machine).filter((zone) => zoneinfo === 'all' || populated(zone))
  return rereader?.zoneinfo(list, show) ?? (() => list().map(show).join(''))
}
