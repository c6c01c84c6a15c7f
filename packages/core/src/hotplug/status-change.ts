import type { NodeId } from '../address/brand'
import { type PfnRange, rangeSize } from '../address/range'
import type { Machine } from '../model/machine'
import type { MemoryNotice } from '../model/memory-chain'
import type { Zone } from '../model/zone'
import { nodeOf, presentPages } from '../node/node-table'
import { servesKernel } from '../zone/zone-table'

const notice = (
  range: PfnRange,
  change: { memory: NodeId | -1; normal: NodeId | -1 },
): MemoryNotice => ({
  startPfn: range.start,
  pageCount: rangeSize(range),
  statusChangeNid: change.memory,
  statusChangeNidNormal: change.normal,
})

const keepsUpNormal = ({ generation }: Machine, zone: Zone): boolean =>
  generation.rules.online.normalMemory === 'kept-up' && servesKernel(zone)

/** What onlining the range into the zone will change of the node's states. Source: node_states_check_changes_online. */
export function onlineNotice(machine: Machine, zone: Zone, range: PfnRange): MemoryNotice {
  const node = nodeOf(machine, zone.nodeId)
  return notice(range, {
    memory: node.hasMemory ? -1 : node.id,
    normal: keepsUpNormal(machine, zone) && !node.hasNormalMemory ? node.id : -1,
  })
}

/**
 * What offlining a block will change of the node's states. A memmap that the block holds itself has left the count by
 * then. Source: node_states_check_changes_offline; spec 4.5.
 */
export function offlineNotice(
  machine: Machine,
  zone: Zone,
  { whole, usable }: { readonly whole: PfnRange; readonly usable: PfnRange },
): MemoryNotice {
  const node = nodeOf(machine, zone.nodeId)
  const present = presentPages(node)
  const pages = rangeSize(whole)
  return notice(usable, {
    memory: pages >= present.all ? node.id : -1,
    normal: keepsUpNormal(machine, zone) && pages >= present.normal ? node.id : -1,
  })
}
