import {
  alignUp,
  GIB,
  HotplugError,
  isAligned,
  type Machine,
  MIB,
  nodeId,
  type Range,
  type ResizableDevice,
  type ResizablePlatform,
  type ResizableRequest,
  refusalOf,
} from '@memhp/core'
import { findNode } from '@memhp/core/inspect'
import {
  checkAddress,
  type DeferredWork,
  deferredWork,
  deviceMemory,
  emitPlatformEvent,
  emptyIntervalSet,
  type Placement,
  placeFirstFit,
} from '@memhp/core/plugin'
import { announcePlugged, announceUnplugged } from './bus'
import type { VirtioMemLayout } from './config'
import { probeDevice, releaseDevice } from './probe'
import { pluggedBytes } from './region'
import { DRIVER, type VirtioMemDevice, virtioMemState } from './state'
import { RESIZE } from './worker'

/** A device was plugged while the machine runs. */
export const ATTACH: DeferredWork<string> = deferredWork<string>({ driver: DRIVER, name: 'attach' })

/** A device was asked for, and nothing of it is plugged. */
export const DETACH: DeferredWork<string> = deferredWork<string>({ driver: DRIVER, name: 'detach' })

/** What regions and sizes of backends are multiples of. Source: QEMU hw/mem/memory-device.c 11.1 */
const ALIGNMENT = 2 * MIB

/** Where the platform places regions: as the one of pc-dimms does. Source: QEMU hw/i386/pc.c, hw/arm/virt.c 11.1 */
function placementFor(machine: Machine, { window }: VirtioMemLayout): Placement {
  const { description, arch } = machine
  const ramEnd = description.ram.reduce((most, { end }) => Math.max(most, end), 0)
  const least = arch.name.startsWith('x86') ? 4 * GIB : 0
  const start = window.start ?? alignUp(Math.max(ramEnd, least), GIB)
  const end = window.end ?? 2 ** arch.geometry.maxPhysMemBits
  return { windows: [{ start, end }], alignmentBytes: ALIGNMENT, taken: deviceMemory(machine) }
}

/** A device as it goes into the machine: placed, with nothing plugged and no driver bound. */
export function placeDevice(
  machine: Machine,
  layout: VirtioMemLayout,
  wanted: ResizableRequest & {
    readonly address?: number | undefined
    readonly name?: string | undefined
    readonly port: number | null
  },
): VirtioMemDevice {
  const { id, maxBytes, node, requestedBytes = 0, blockBytes = layout.blockBytes } = wanted
  const placement = placementFor(machine, layout)
  const alignmentBytes = Math.max(placement.alignmentBytes, blockBytes)
  const address = wanted.address ?? placeFirstFit({ ...placement, alignmentBytes }, maxBytes)
  return {
    id,
    name: wanted.name ?? freeName(machine, layout),
    port: wanted.port,
    address,
    maxBytes,
    blockBytes,
    node,
    requestedBytes,
    plugged: emptyIntervalSet(),
    bound: null,
    leftGroupId: null,
  }
}

function freeName(machine: Machine, layout: VirtioMemLayout): string {
  const own = virtioMemState(machine).devices.map(({ name }) => name)
  const taken = new Set([...own, ...otherNames(layout)])
  let index = 0
  while (taken.has(`virtio${index}`)) index += 1
  return `virtio${index}`
}

/** Names of devices of other kinds: the first that none has which is there at boot. */
function otherNames({ devices, otherDevices }: VirtioMemLayout): readonly string[] {
  const own = new Set(devices.map(({ name }, index) => name ?? `virtio${index}`))
  const names: string[] = []
  for (let index = 0; names.length < otherDevices; index++)
    if (!own.has(`virtio${index}`)) names.push(`virtio${index}`)
  return names
}

const refuse = (text: string, detail: Readonly<Record<string, number | string>>): never => {
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail })
}

function checkRequest(machine: Machine, layout: VirtioMemLayout, request: ResizableRequest): void {
  const { id, maxBytes, node, requestedBytes = 0, blockBytes = layout.blockBytes } = request
  const { backends } = virtioMemState(machine)
  if (backends.includes(id) || heldDevices(machine).some((device) => device.id === id)) {
    const text = `The platform holds memory for "${id}" already.`
    throw new HotplugError('DEVICE_EXISTS', 'EEXIST', text, { detail: { id } })
  }
  if (maxBytes <= 0 || !isAligned(maxBytes, ALIGNMENT))
    refuse(`A region of ${maxBytes} bytes is not a multiple of ${ALIGNMENT} bytes.`, { id })
  if (requestedBytes % blockBytes > 0)
    refuse(
      `'requested-size' property has to be multiples of 'block-size' (0x${blockBytes.toString(16)})`,
      { id },
    )
  const { domains } = layout
  if (domains === null ? findNode(machine, nodeId(node)) === undefined : node >= domains.count) {
    const text = `The machine has no node ${node}.`
    throw new HotplugError('NO_SUCH_NODE', 'EINVAL', text, { detail: { id, node } })
  }
}

/** All that the hypervisor has, also what the kernel does not see. */
function heldDevices(machine: Machine): readonly VirtioMemDevice[] {
  const { devices, unseen } = virtioMemState(machine)
  return [...devices, ...unseen]
}

/** The port that a request names; the first free one where it names none. */
function portFor(machine: Machine, { ports }: VirtioMemLayout, bus: string | undefined): number {
  const named = ports?.findIndex(({ name }) => name === bus) ?? -1
  if (bus !== undefined && ports !== null && named === -1) refuse(`Bus '${bus}' not found`, { bus })
  if (named !== -1) return named
  let port = 0
  while (isTaken(machine, port)) port += 1
  if (ports === null || port < ports.length) return port
  const detail = { ports: ports.length }
  throw new HotplugError('NO_FREE_SLOT', 'ENOSPC', 'All ports are taken.', { detail })
}

const isTaken = (machine: Machine, port: number): boolean =>
  virtioMemState(machine).devices.some((device) => device.port === port)

const told = (device: VirtioMemDevice): ResizableDevice => {
  const { id, name, address, maxBytes, blockBytes, node, requestedBytes, bound } = device
  const sizeBytes = pluggedBytes(device)
  const shown = bound === null ? null : name
  const unitBytes = bound?.unitBytes ?? null
  const sizes = { sizeBytes, requestedBytes, maxBytes, blockBytes, unitBytes }
  return { id, address, ...sizes, node, name: shown }
}

function findDevice(machine: Machine, id: string): VirtioMemDevice {
  const device = heldDevices(machine).find((each) => each.id === id)
  if (device !== undefined) return device
  const text = `The platform holds no "${id}".`
  throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', text, { detail: { id } })
}

/** The hypervisor half: QEMU's virtio-mem-pci. Source: QEMU hw/virtio/virtio-mem.c, virtio-mem-pci.c 11.1 */
export const virtioMemPlatform = (layout: VirtioMemLayout): ResizablePlatform => ({
  plug(machine, request) {
    checkRequest(machine, layout, request)
    virtioMemState(machine).backends.push(request.id)
    const port = portFor(machine, layout, request.bus)
    if (isTaken(machine, port)) {
      // It gets the next slot of the port, of which the kernel looks at the first one only. Guests of QEMU 7.2 (q35).
      const device = placeDevice(machine, layout, { ...request, port, name: '' })
      virtioMemState(machine).unseen.push(device)
      return told(device)
    }
    const device = placeDevice(machine, layout, { ...request, port })
    virtioMemState(machine).devices.push(device)
    ATTACH.queue(machine, device.id)
    return told(device)
  },
  resize(machine, { id, bytes }) {
    const device = findDevice(machine, id)
    const block = `'block-size' (0x${device.blockBytes.toString(16)})`
    if (bytes > device.maxBytes)
      refuse(
        `'requested-size' cannot exceed the memory backend size(0x${device.maxBytes.toString(16)})`,
        { id, bytes },
      )
    if (bytes < 0 || bytes % device.blockBytes > 0)
      refuse(`'requested-size' has to be multiples of ${block}`, { id, bytes })
    if (bytes === device.requestedBytes) return
    device.requestedBytes = bytes
    RESIZE.queue(machine, id)
  },
  requestUnplug(machine, id) {
    const device = findDevice(machine, id)
    if (device.port === null) throw bound(id, "Bus 'pcie.0' does not support hotplugging")
    if (layout.keepsDevices) throw bound(id, 'virtio based memory devices cannot be unplugged.')
    if (pluggedBytes(device) > 0)
      throw bound(
        id,
        'virtio-mem device cannot get unplugged while some of its memory is still plugged',
      )
    if (device.requestedBytes > 0)
      throw bound(id, "virtio-mem device cannot get unplugged while 'requested-size' != '0'")
    // The kernel is asked for one that it does not see, and does nothing.
    if (virtioMemState(machine).devices.includes(device)) DETACH.queue(machine, id)
  },
  plugged: (machine) => heldDevices(machine).map(told),
})

const bound = (id: string, text: string): HotplugError =>
  new HotplugError('DEVICE_BOUND', 'EBUSY', text, { detail: { id } })

/** The kernel finds a device and takes it. */
export function attach(machine: Machine, layout: VirtioMemLayout, id: string): void {
  const device = findDevice(machine, id)
  announcePlugged(machine, layout, device, () => {
    // Without a driver it is there all the same.
    if (virtioMemState(machine).isLoaded) refusalOf(() => probeDevice(machine, layout, device))
  })
}

/** The kernel lets a device go, and the platform takes it out. */
export function detach(machine: Machine, layout: VirtioMemLayout, id: string): void {
  const { devices } = virtioMemState(machine)
  const device = findDevice(machine, id)
  releaseDevice(machine, layout, device)
  announceUnplugged(machine, layout, device)
  devices.splice(devices.indexOf(device), 1)
  const path = `/machine/peripheral/${id}`
  const event = 'DEVICE_DELETED'
  emitPlatformEvent(machine, { event, data: { path: `${path}/virtio-backend` } })
  emitPlatformEvent(machine, { event, data: { device: id, path } })
}

/** Checks that a device of a description lies where it may. @throws HotplugError as `checkAddress` */
export function checkPlace(machine: Machine, layout: VirtioMemLayout, range: Range): void {
  checkAddress({ ...placementFor(machine, layout), alignmentBytes: 1 }, range)
}
