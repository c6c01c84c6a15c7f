import {
  alignUp,
  GIB,
  HotplugError,
  isAligned,
  type Machine,
  nodeId,
  type PluggedDevice,
  type PlugRequest,
  type Range,
  rangeIntersection,
  rangeSize,
  rangesOverlap,
  TIB,
} from '@memhp/core'
import { findNode } from '@memhp/core/inspect'
import { emitPlatformEvent, queueWork } from '@memhp/core/plugin'
import { isDynamicLmb } from '@memhp/kernel-files'
import type { PseriesLayout } from './config'
import { drcIndicesOf, qemuTable } from './lmb-table'
import { type Connector, type Dimm, DRIVER, type PseriesState, pseriesState } from './state'

/** Name of the deferred work: one hotplug event of the firmware, as the error log brings it. */
export const HOTPLUG_EVENT = 'hotplug-event'

/** An event's payload: add or remove so many LMBs from this one on. */
export interface HotplugEvent {
  readonly action: 'add' | 'remove'
  readonly count: number
  readonly drcIndex: number
}

/** Where device memory lies, and its LMBs. Source: QEMU hw/ppc/spapr.c 7.2. */
export function placeWindow(machine: Machine, layout: PseriesLayout): void {
  const state = pseriesState(machine)
  state.lmbBytes = layout.lmbBytes ?? machine.geometry.blockBytes
  if (layout.lmbs !== undefined) {
    const dynamic = layout.lmbs.filter(isDynamicLmb)
    state.windowStart = Math.min(...dynamic.map(({ base }) => base))
    state.windowEnd = Math.max(...dynamic.map(({ base, count }) => base + count * state.lmbBytes))
    state.table = layout.lmbs
    return
  }
  const ramEnd = Math.max(...machine.description.ram.map(({ end }) => end))
  state.windowStart = layout.windowStart ?? alignUp(ramEnd, GIB)
  state.windowEnd = layout.windowEnd ?? state.windowStart + TIB
  state.table = qemuTable(state.lmbBytes, { start: state.windowStart, end: state.windowEnd })
}

/** What the platform holds, in the order of the ids. */
export const pluggedDimms = (machine: Machine): readonly PluggedDevice[] =>
  [...pseriesState(machine).dimms]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((dimm) => ({ ...dimm, name: null }))

/**
 * Plugs a DIMM and tells the kernel. @returns the DIMM
 * @throws HotplugError BAD_ARGUMENT, NO_SUCH_NODE (EINVAL), DEVICE_EXISTS (EEXIST), NO_FREE_SLOT,
 *   NO_ADDRESS_SPACE (ENOSPC)
 */
export function plugDimm(machine: Machine, request: PlugRequest, slots: number): PluggedDevice {
  const dimm = makeDimm(machine, request, slots)
  attachDimm(machine, dimm, 'unusable')
  const [drcIndex] = drcIndicesOf(pseriesState(machine), dimm)
  sendEvent(machine, dimm, { action: 'add', drcIndex })
  return { ...dimm, name: null }
}

/** Puts connectors before a DIMM: unusable for a new one, configured for one that the kernel has. */
export function attachDimm(machine: Machine, dimm: Dimm, state: Connector['state']): void {
  const { dimms, connectors } = pseriesState(machine)
  dimms.push(dimm)
  for (const drcIndex of drcIndicesOf(pseriesState(machine), dimm)) {
    connectors.set(drcIndex, { drcIndex, device: dimm.id, state, unplugRequested: false })
  }
}

function sendEvent(
  machine: Machine,
  dimm: Dimm,
  event: { readonly action: 'add' | 'remove'; readonly drcIndex: number | undefined },
): void {
  const { action, drcIndex } = event
  if (drcIndex === undefined) return
  const count = dimm.sizeBytes / pseriesState(machine).lmbBytes
  const argument: HotplugEvent = { action, count, drcIndex }
  queueWork(machine, { driver: DRIVER, name: HOTPLUG_EVENT, argument })
}

function makeDimm(machine: Machine, request: PlugRequest, slots: number): Dimm {
  const { id, sizeBytes, node } = request
  const { dimms, lmbBytes } = pseriesState(machine)
  if (sizeBytes <= 0 || !isAligned(sizeBytes, lmbBytes)) {
    const text = `A memory device of ${sizeBytes} bytes is no multiple of the LMB size, ${lmbBytes} bytes.`
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { id, sizeBytes, lmbBytes } })
  }
  if (findNode(machine, nodeId(node)) === undefined) {
    throw new HotplugError(
      'NO_SUCH_NODE',
      'EINVAL',
      `Node ${node} is not possible on this machine.`,
    )
  }
  if (dimms.some((dimm) => dimm.id === id)) {
    throw new HotplugError('DEVICE_EXISTS', 'EEXIST', `The platform holds a "${id}" already.`)
  }
  return {
    id,
    sizeBytes,
    node,
    slot: freeSlot(dimms, request.slot, slots),
    address: place(machine, request),
  }
}

function freeSlot(dimms: readonly Dimm[], wanted: number | undefined, slots: number): number {
  const taken = new Set(dimms.map(({ slot }) => slot))
  const free = wanted ?? Array.from({ length: slots }, (_, i) => i).find((slot) => !taken.has(slot))
  if (free !== undefined && free < slots && !taken.has(free)) return free
  throw new HotplugError('NO_FREE_SLOT', 'ENOSPC', `None of the ${slots} memory slots is free.`)
}

/** First fit: device memory begins where a run of LMBs does, or behind another DIMM. */
function place(machine: Machine, request: PlugRequest): number {
  const state = pseriesState(machine)
  const { sizeBytes, address } = request
  const starts = [
    ...state.table.filter(isDynamicLmb).map(({ base }) => base),
    ...state.dimms.map((dimm) => dimm.address + dimm.sizeBytes),
  ].sort((a, b) => a - b)
  const found = (address === undefined ? starts : [address]).find((start) =>
    hasRoom(state, { start, end: start + sizeBytes }),
  )
  if (found !== undefined) return found
  const { windowStart, windowEnd } = state
  throw new HotplugError('NO_ADDRESS_SPACE', 'ENOSPC', 'Device memory has no room for it.', {
    detail: { sizeBytes, windowStart, windowEnd },
  })
}

/** Whether LMBs that may come cover a range, and no DIMM is there. */
function hasRoom(state: PseriesState, range: Range): boolean {
  const { dimms, table, lmbBytes } = state
  const taken = dimms.some(({ address, sizeBytes }) =>
    rangesOverlap({ start: address, end: address + sizeBytes }, range),
  )
  const covered = table
    .filter(isDynamicLmb)
    .map(({ base, count }) =>
      rangeIntersection({ start: base, end: base + count * lmbBytes }, range),
    )
    .reduce((sum, common) => sum + (common === undefined ? 0 : rangeSize(common)), 0)
  return !taken && covered === rangeSize(range)
}

/**
 * What QEMU's `device_del` does: marks the LMBs and asks the kernel for them.
 * @throws HotplugError NO_SUCH_DEVICE (ENODEV), UNPLUG_PENDING (EBUSY)
 */
export function requestUnplug(machine: Machine, id: string): void {
  const { dimms, connectors } = pseriesState(machine)
  const dimm = dimms.find((candidate) => candidate.id === id)
  if (dimm === undefined) {
    throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `The platform holds no "${id}".`, {
      detail: { id },
    })
  }
  const own = [...connectors.values()].filter(({ device }) => device === id)
  if (own.some(({ unplugRequested }) => unplugRequested)) {
    throw new HotplugError(
      'UNPLUG_PENDING',
      'EBUSY',
      `Memory unplug already in progress for device ${id}`,
    )
  }
  for (const connector of own) connector.unplugRequested = true
  const [drcIndex] = drcIndicesOf(pseriesState(machine), dimm)
  sendEvent(machine, dimm, { action: 'remove', drcIndex })
  // LMBs that the kernel never took in go at once.
  for (const connector of own)
    if (connector.state === 'unusable') releaseConnector(machine, connector)
}

/** Takes an LMB back from the guest; with the last one the DIMM is gone. */
export function releaseConnector(machine: Machine, connector: Connector): void {
  const state = pseriesState(machine)
  const { device, drcIndex } = connector
  state.connectors.delete(drcIndex)
  if ([...state.connectors.values()].some((other) => other.device === device)) return
  const index = state.dimms.findIndex(({ id }) => id === device)
  if (index === -1) return
  state.dimms.splice(index, 1)
  emitPlatformEvent(machine, {
    event: 'DEVICE_DELETED',
    data: { device, path: `/machine/peripheral/${device}` },
  })
}
