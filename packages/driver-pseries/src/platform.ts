import { alignUp, GIB, type Machine, type Platform, type Range, TIB } from '@memhp/core'
import {
  beginUnplug,
  type DeferredWork,
  type Dimm,
  deferredWork,
  dimmPlatform,
  findDimm,
  releaseDimm,
} from '@memhp/core/plugin'
import type { PseriesLayout } from './config'
import { isDynamicLmb } from './dialect/lmb'
import { drcIndicesOf, qemuTable } from './lmb-table'
import { type Connector, DRIVER, type PseriesState, pseriesState } from './state'

/** An event's payload: add or remove `count` LMBs from this one on. */
export interface HotplugEvent {
  readonly action: 'add' | 'remove'
  readonly count: number
  readonly drcIndex: number
}

/** The deferred work: one hotplug event of the firmware, as the error log brings it. */
export const HOTPLUG_EVENT: DeferredWork<HotplugEvent> = deferredWork({
  driver: DRIVER,
  name: 'hotplug-event',
})

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

/** DIMMs whose memory is whole LMBs, each behind a connector. @param slots how many DIMMs the machine takes */
export const pseriesPlatform = (slots: number): Platform =>
  dimmPlatform({
    dimms: (machine) => pseriesState(machine).dimms,
    policy: (machine) => ({
      slots: Array.from({ length: slots }, (_, slot) => slot),
      windows: dynamicRanges(pseriesState(machine)),
      alignmentBytes: pseriesState(machine).lmbBytes,
    }),
    announce(machine, dimm) {
      connectDimm(machine, dimm, 'unusable')
      const [drcIndex] = drcIndicesOf(pseriesState(machine), dimm)
      sendEvent(machine, dimm, { action: 'add', drcIndex })
    },
    askBack,
  })

/** Puts connectors before a DIMM: unusable for a new one, configured for one that the kernel has. */
export function connectDimm(machine: Machine, dimm: Dimm, state: Connector['state']): void {
  const { connectors } = pseriesState(machine)
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
  HOTPLUG_EVENT.queue(machine, { action, count, drcIndex })
}

/** Runs of LMBs that may come and go, as ranges; neighbours are one. */
function dynamicRanges({ table, lmbBytes }: PseriesState): readonly Range[] {
  const ranges: Range[] = []
  for (const { base: start, count } of table.filter(isDynamicLmb)) {
    const end = start + count * lmbBytes
    const before = ranges.at(-1)
    if (before?.end === start) ranges[ranges.length - 1] = { start: before.start, end }
    else ranges.push({ start, end })
  }
  return ranges
}

/** Marks the LMBs of a DIMM and asks the kernel for them; those that the kernel never took in go at once. */
function askBack(machine: Machine, dimm: Dimm): void {
  beginUnplug(dimm)
  const { connectors } = pseriesState(machine)
  const own = [...connectors.values()].filter(({ device }) => device === dimm.id)
  for (const connector of own) connector.unplugRequested = true
  const [drcIndex] = drcIndicesOf(pseriesState(machine), dimm)
  sendEvent(machine, dimm, { action: 'remove', drcIndex })
  for (const connector of own)
    if (connector.state === 'unusable') releaseConnector(machine, connector)
}

/** Takes an LMB back from the guest; with the last one the DIMM is gone. */
export function releaseConnector(machine: Machine, connector: Connector): void {
  const { connectors, dimms } = pseriesState(machine)
  const { device, drcIndex } = connector
  connectors.delete(drcIndex)
  if ([...connectors.values()].some((other) => other.device === device)) return
  releaseDimm(machine, dimms, findDimm(dimms, device))
}
