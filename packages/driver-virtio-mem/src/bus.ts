import type { Machine } from '@memhp/core'
import { emitUevent } from '@memhp/core/plugin'
import type { VirtioMemLayout } from './config'
import type { VirtioMemDevice } from './state'

const digits = (value: number): string => value.toString(16).padStart(2, '0')

/** The PCI function behind a root port: the ports are the first devices of the bus. */
const functionPath = (port: number): string =>
  `/devices/pci0000:00/0000:00:${digits(port + 1)}.0/0000:${digits(port + 1)}:00.0`

/** Directory of the node of a port's slot in the ACPI namespace, which knows of the port before and the slot. */
const firmwarePath = (port: number): string =>
  `/devices/LNXSYSTM:00/LNXSYBUS:00/PNP0A08:00/device:${digits(2 * port + 1)}/device:${digits(2 * port + 2)}`

interface Devices {
  readonly pci: string
  /** Absent where a device in the port wakes nothing. */
  readonly wakeup: string | undefined
  readonly virtio: string
}

function devicesOf(
  machine: Machine,
  { ports }: VirtioMemLayout,
  { port, name }: VirtioMemDevice,
): Devices | undefined {
  if (port === null) return undefined
  const pci = functionPath(port)
  const source = ports?.[port]?.wakeup
  const owner = machine.generation.rules.device.wakeupSource === 'device' ? pci : firmwarePath(port)
  const wakeup = source === undefined ? undefined : `${owner}/wakeup/${source}`
  return { pci, wakeup, virtio: `${pci}/${name}` }
}

/** What the kernel says of a device as it is plugged while the machine runs, before and after a driver was looked for. */
export function announcePlugged(
  machine: Machine,
  layout: VirtioMemLayout,
  device: VirtioMemDevice,
  probe: () => void,
): void {
  const devices = devicesOf(machine, layout, device)
  if (devices?.wakeup !== undefined)
    emitUevent(machine, 'add', { devpath: devices.wakeup, subsystem: 'wakeup' })
  if (devices !== undefined) {
    emitUevent(machine, 'add', { devpath: devices.pci, subsystem: 'pci' })
    emitUevent(machine, 'add', { devpath: devices.virtio, subsystem: 'virtio' })
  }
  probe()
  if (devices !== undefined) emitUevent(machine, 'bind', { devpath: devices.pci, subsystem: 'pci' })
}

/** What it says as the driver takes a device, or lets it go. */
export function announceDriver(
  machine: Machine,
  layout: VirtioMemLayout,
  { device, action }: { readonly device: VirtioMemDevice; readonly action: 'bind' | 'unbind' },
): void {
  const devices = devicesOf(machine, layout, device)
  if (devices !== undefined)
    emitUevent(machine, action, { devpath: devices.virtio, subsystem: 'virtio' })
}

/** What it says as a device goes of which the driver has let go. */
export function announceUnplugged(
  machine: Machine,
  layout: VirtioMemLayout,
  device: VirtioMemDevice,
): void {
  const devices = devicesOf(machine, layout, device)
  if (devices === undefined) return
  const { pci, wakeup, virtio } = devices
  emitUevent(machine, 'remove', { devpath: virtio, subsystem: 'virtio' })
  emitUevent(machine, 'unbind', { devpath: pci, subsystem: 'pci' })
  if (wakeup !== undefined) emitUevent(machine, 'remove', { devpath: wakeup, subsystem: 'wakeup' })
  emitUevent(machine, 'remove', { devpath: pci, subsystem: 'pci' })
}
