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

/** What the kernel says of a device as it is plugged while the machine runs. */
export function announcePlugged(
  machine: Machine,
  layout: VirtioMemLayout,
  device: VirtioMemDevice,
): void {
  const devices = devicesOf(machine, layout, device)
  if (devices === undefined) return
  const { pci, wakeup, virtio } = devices
  if (wakeup !== undefined) emitUevent(machine, 'add', { devpath: wakeup, subsystem: 'wakeup' })
  emitUevent(machine, 'add', { devpath: pci, subsystem: 'pci' })
  emitUevent(machine, 'add', { devpath: virtio, subsystem: 'virtio' })
  emitUevent(machine, 'bind', { devpath: virtio, subsystem: 'virtio' })
  emitUevent(machine, 'bind', { devpath: pci, subsystem: 'pci' })
}

/** The same, as it goes. */
export function announceUnplugged(
  machine: Machine,
  layout: VirtioMemLayout,
  device: VirtioMemDevice,
): void {
  const devices = devicesOf(machine, layout, device)
  if (devices === undefined) return
  const { pci, wakeup, virtio } = devices
  emitUevent(machine, 'unbind', { devpath: virtio, subsystem: 'virtio' })
  emitUevent(machine, 'remove', { devpath: virtio, subsystem: 'virtio' })
  emitUevent(machine, 'unbind', { devpath: pci, subsystem: 'pci' })
  if (wakeup !== undefined) emitUevent(machine, 'remove', { devpath: wakeup, subsystem: 'wakeup' })
  emitUevent(machine, 'remove', { devpath: pci, subsystem: 'pci' })
}
