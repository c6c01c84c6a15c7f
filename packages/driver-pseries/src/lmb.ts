import {
  addMemory,
  type BlockId,
  blockId,
  HotplugError,
  type Machine,
  type NodeId,
  nodeId,
  offlineBlock,
  onlineBlock,
  type PhysRange,
  physAddr,
  removeMemory,
} from '@memhp/core'
import { findBlock, findNode } from '@memhp/core/inspect'
import { say } from '@memhp/core/plugin'
import { configureConnector } from './drc'
import { keepLmb, setNode } from './lmb-table'
import { type Lmb, pseriesState } from './state'

const rangeOf = (machine: Machine, lmb: Lmb): PhysRange => ({
  start: physAddr(lmb.base),
  end: physAddr(lmb.base + pseriesState(machine).lmbBytes),
})

const blockOf = (machine: Machine, lmb: Lmb): BlockId =>
  blockId(lmb.base / machine.geometry.blockBytes)

/** Node of the associativity, or the first online node where that is not possible. */
function nodeOfLmb(machine: Machine, wanted: number): NodeId {
  if (findNode(machine, nodeId(wanted)) !== undefined) return nodeId(wanted)
  for (const node of machine.state.memory.nodes.values()) if (node.online) return node.id
  return nodeId(0)
}

/**
 * Adds an LMB and brings it online, whatever auto_online_blocks says.
 * @throws HotplugError DEVICE_ASSIGNED (EINVAL), CONNECTOR_REFUSED, what adding and onlining throw; nothing is left
 * Source: dlpar_add_lmb, arch/powerpc/platforms/pseries/hotplug-memory.c 6.1; spec 6.2.4.
 */
export function addLmb(machine: Machine, lmb: Lmb): void {
  if (lmb.assigned)
    throw new HotplugError('DEVICE_ASSIGNED', 'EINVAL', `${nameOf(lmb)} is assigned already.`)
  const state = pseriesState(machine)
  const node = configureConnector(machine, lmb.drcIndex)
  setNode(state, lmb, node)
  const range = rangeOf(machine, lmb)
  try {
    addMemory(machine, { range, nodeId: nodeOfLmb(machine, node), ...hosted(machine) })
    onlineAdded(machine, lmb, range)
    lmb.assigned = true
  } catch (error) {
    setNode(state, lmb, null)
    throw error
  } finally {
    keepLmb(state, lmb)
  }
}

/** An LMB holds its own memmap where the kernel can do that. Source: dlpar_add_lmb, 6.6. */
const hosted = ({ generation }: Machine): { readonly memmapOnMemory?: true } =>
  generation.rules.memmapOnMemory.unfit === 'ignored' ? { memmapOnMemory: true } : {}

function onlineAdded(machine: Machine, lmb: Lmb, range: PhysRange): void {
  try {
    onlineBlock(machine, blockOf(machine, lmb))
  } catch (error) {
    removeMemory(machine, { range })
    throw error
  }
}

/**
 * The first section of an LMB is removed again and again: the second time it is absent. (Here it stays, as a block has all of
 * its sections.)
 * @throws HotplugError SECTION_ABSENT (EINVAL)
 * Source: pseries_remove_memblock, series of 2012, patch 09.
 */
function refuseRepeatedSection(machine: Machine, lmb: Lmb): void {
  const { geometry, generation } = machine
  const { start, end } = rangeOf(machine, lmb)
  const { sectionBytes } = geometry
  if (generation.rules.mended.deviceSections === 'each' || end - start <= sectionBytes) return
  say(machine, 'resourceAbsent', { start, last: start + sectionBytes - 1 })
  const section = start / sectionBytes
  const text = `Section ${section} of ${nameOf(lmb)} is removed twice.`
  throw new HotplugError('SECTION_ABSENT', 'EINVAL', text, { detail: { section } })
}

/**
 * Takes an LMB offline and forgets it.
 * @throws HotplugError DEVICE_NOT_ASSIGNED (EINVAL), what offlining throws, SECTION_ABSENT (EINVAL) by a defect
 * Source: dlpar_remove_lmb, hotplug-memory.c 6.1; spec 6.2.4.
 */
export function removeLmb(machine: Machine, lmb: Lmb): void {
  if (!lmb.assigned || findBlock(machine, blockOf(machine, lmb)) === undefined) {
    throw new HotplugError('DEVICE_NOT_ASSIGNED', 'EINVAL', `${nameOf(lmb)} is not assigned.`)
  }
  offlineBlock(machine, blockOf(machine, lmb))
  refuseRepeatedSection(machine, lmb)
  removeMemory(machine, { range: rangeOf(machine, lmb) })
  const state = pseriesState(machine)
  setNode(state, lmb, null)
  lmb.assigned = false
  keepLmb(state, lmb)
}

const nameOf = (lmb: Lmb): string => `LMB 0x${lmb.drcIndex.toString(16)}`
