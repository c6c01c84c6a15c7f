import {
  type Machine,
  type MemoryDevice,
  type PfnRange,
  physAddr,
  type Range,
  rangeSize,
  rangesOverlap,
  refusalOf,
  registerMemoryNotifier,
  WITHHOLDING,
} from '@memhp/core'
import {
  type DriverDefinition,
  dispatchWork,
  emptyIntervalSet,
  type FirmwareDriver,
  insertInterval,
} from '@memhp/core/plugin'
import { adoptBlocks, bindDevice } from './bind'
import { DRIVERS_DIRECTORY, driversDirectory, hasDriver } from './bus-driver'
import {
  parseConfig,
  type VirtioMemConfig,
  type VirtioMemDeviceConfig,
  type VirtioMemLayout,
} from './config'
import { VIRTIO_MEM_READING } from './dialect/reading'
import { checkDevices } from './invariants'
import {
  ATTACH,
  attach,
  checkPlace,
  DETACH,
  detach,
  placeDevice,
  virtioMemPlatform,
} from './platform'
import { groupIdOf, ownBlock, ownBlocks, pagesOf, regionOf, unpluggedParts } from './region'
import {
  DRIVER,
  newState,
  nodeOfDevice,
  VIRTIO_MEM,
  type VirtioMemDevice,
  virtioMemState,
} from './state'
import {
  expireTimers,
  noteOnline,
  ONLINED,
  RESIZE,
  resizeNow,
  resizeOnlined,
  timers,
} from './worker'

/**
 * virtio-mem: devices that are asked for more or less memory while they are plugged, and give and take parts of memory blocks.
 * Its part of a machine description is a `VirtioMemConfig`.
 * Source: drivers/virtio/virtio_mem.c 6.1; spec 6.4
 */
export const virtioMemDriver: DriverDefinition<VirtioMemLayout, VirtioMemConfig, 'virtio-mem'> = {
  name: DRIVER,
  contract: 1,
  summary: 'virtio-mem: devices whose memory grows and shrinks while they are plugged.',
  parseConfig,
  slot: VIRTIO_MEM,
  initialState: newState,
  create: createDriver,
  subsystems: { withholding: WITHHOLDING },
  reading: VIRTIO_MEM_READING,
}

function createDriver(layout: VirtioMemLayout): FirmwareDriver {
  return {
    name: DRIVER,
    platform: null,
    resizable: virtioMemPlatform(layout),
    boot: (machine) => bootDevices(machine, layout),
    directories: (machine) =>
      hasDriver(machine) ? { [DRIVERS_DIRECTORY]: driversDirectory(machine, layout) } : {},
    devices: (machine) =>
      virtioMemState(machine).devices.map((device) => memoryOf(machine, device)),
    work: dispatchWork(
      ATTACH.handledBy((machine, id) => attach(machine, layout, id)),
      DETACH.handledBy((machine, id) => detach(machine, layout, id)),
      RESIZE.handledBy(resizeNow),
      ONLINED.handledBy(resizeOnlined),
    ),
    withholdPages,
    timers,
    expireTimers,
    check: checkDevices,
  }
}

function bootDevices(machine: Machine, layout: VirtioMemLayout): void {
  const state = virtioMemState(machine)
  state.isLoaded = hasDriver(machine)
  for (const config of layout.devices) {
    const device = deviceFor(machine, layout, config)
    if (!state.isLoaded) continue
    const refusal = refusalOf(() => bindDevice(machine, device))
    // A device that the kernel cannot make use of is there, without its driver.
    if (refusal?.code === 'REQUEST_REFUSED') continue
    if (refusal !== undefined) throw refusal
    adoptBlocks(machine, device)
    RESIZE.queue(machine, device.id)
  }
  registerMemoryNotifier(machine.memoryChain, {
    name: DRIVER,
    priority: 0,
    notifier: (event, { startPfn, pageCount }) =>
      answerTo(machine, event, { start: startPfn, end: startPfn + pageCount }),
  })
}

/**
 * The driver hears of blocks that came online. One that it left online, plugged in part, never goes offline again: what is withheld
 * is still referenced.
 * Source: virtio_mem_memory_notifier_cb, virtio_mem_deinit_hotplug, drivers/virtio/virtio_mem.c 6.1
 */
function answerTo(machine: Machine, event: string, pages: Range): 'ok' | 'EBUSY' {
  if (event !== 'MEM_ONLINE' && event !== 'MEM_GOING_OFFLINE') return 'ok'
  const device = deviceAt(machine, pages)
  if (device === undefined) return 'ok'
  if (event === 'MEM_ONLINE') noteOnline(machine, device)
  else if (device.bound === null) {
    const { pageBytes } = machine.geometry
    const block = ownBlock(machine, device, { start: pages.start * pageBytes, end: 0 })
    if (block !== undefined && block.withheldPages > 0) return 'EBUSY'
  }
  return 'ok'
}

/** A device of a captured machine, or one that is placed now. */
function deviceFor(
  machine: Machine,
  layout: VirtioMemLayout,
  config: VirtioMemDeviceConfig,
): VirtioMemDevice {
  const { devices } = virtioMemState(machine)
  const captured = devices.find(({ id }) => id === config.id)
  if (captured !== undefined) return captured
  const { id, maxBytes, node = 0, requestedBytes = 0, address, name, blockBytes } = config
  if (address !== undefined)
    checkPlace(machine, layout, { start: address, end: address + maxBytes })
  const wanted = { id, maxBytes, node, requestedBytes, address, name, port: null }
  const sized = blockBytes === undefined ? wanted : { ...wanted, blockBytes }
  const device = placeDevice(machine, layout, sized)
  devices.push(device)
  return device
}

/** The device that has a range of pages. */
const deviceAt = (machine: Machine, pages: Range): VirtioMemDevice | undefined =>
  virtioMemState(machine).devices.find((device) =>
    rangesOverlap(pagesOf(machine, regionOf(device)), pages),
  )

/** Of a block that is plugged in part the rest stays with the driver. Source: virtio_mem_online_page, 6.1 */
function withholdPages(machine: Machine, range: PfnRange): readonly PfnRange[] {
  const device = deviceAt(machine, range)
  if (device === undefined) return []
  const { pageBytes } = machine.geometry
  const bytes = { start: range.start * pageBytes, end: range.end * pageBytes }
  return unpluggedParts(device, bytes).map((part) => pagesOf(machine, part))
}

/** Runs of the blocks that are added, as one device's memory. */
function memoryOf(machine: Machine, device: VirtioMemDevice): MemoryDevice {
  return {
    name: device.name,
    driver: DRIVER,
    nodeId: nodeOfDevice(machine, device),
    ranges: joined(ownBlocks(machine, device)).map(({ start, end }) => ({
      start: physAddr(start),
      end: physAddr(end),
      enabled: rangeSize({ start, end }) > 0,
    })),
    groupId: groupIdOf(device),
  }
}

function joined(ranges: readonly Range[]): readonly Range[] {
  const runs = emptyIntervalSet()
  for (const range of ranges) insertInterval(runs, range)
  return runs.ranges
}
