import { HotplugError, invariant, type Machine } from '@memhp/core'
import {
  type Directory,
  emitUevent,
  linkTo,
  readOnly,
  readWrite,
  type TreeNode,
  writeOnly,
} from '@memhp/core/plugin'
import { evaluateSta } from '../firmware/methods'
import { queueHotplug } from '../handler/notify'
import { NOTIFY } from '../handler/outcome'
import { type AcpiDevice, acpiState, findDevice, type PhysicalNode } from '../state'

const HID = 'PNP0C80'

const up = (levels: number): string => '../'.repeat(levels)
const depth = (device: AcpiDevice): number => device.parent.split('/').length

/** Name of a link from the device to one of its blocks. */
const linkName = ({ id }: PhysicalNode): string =>
  id === 0 ? 'physical_node' : `physical_node${id}`

const line = (show: () => string): TreeNode => readOnly(() => `${show()}\n`)

/**
 * Refuses a write to `eject`, or queues the ejection. A write that succeeds says nothing of its outcome.
 * Source: eject_store, drivers/acpi/device_sysfs.c 6.1; spec 6.1.3.
 * @throws HotplugError BAD_WORD (EINVAL), DEVICE_NOT_EJECTABLE (ENODEV)
 */
function storeEject(machine: Machine, device: AcpiDevice, text: string): void {
  if (!text.startsWith('1')) {
    throw new HotplugError('BAD_WORD', 'EINVAL', 'The text must begin with 1.', {
      detail: { device: device.name, text },
    })
  }
  if (device.memory === null || !acpiState(machine).hotplugEnabled) {
    const why = device.memory === null ? 'holds no memory' : 'must not be hot-plugged'
    throw new HotplugError('DEVICE_NOT_EJECTABLE', 'ENODEV', `${device.name} ${why}.`, {
      detail: { device: device.name },
    })
  }
  queueHotplug(machine, device, NOTIFY.osEject)
}

/** Files of a device, in the kernel's order; each is made when it is looked up, undefined where it is absent. */
const FILES: Readonly<
  Record<string, (machine: Machine, device: AcpiDevice) => TreeNode | undefined>
> = {
  path: (_, { path }) => line(() => path),
  hid: () => line(() => HID),
  modalias: () => line(() => `acpi:${HID}:`),
  uid: (_, { uid }) => (uid === null ? undefined : line(() => uid)),
  status: (machine, { name }) => line(() => String(evaluateSta(deviceNamed(machine, name)))),
  eject: (machine, { name, slot }) =>
    slot.faults.ej0 === 'missing'
      ? undefined
      : writeOnly((text) => storeEject(machine, deviceNamed(machine, name), text)),
  uevent: (machine, { parent, name }) =>
    readWrite(
      () => `MODALIAS=acpi:${HID}:\n`,
      () =>
        emitUevent(machine, 'change', { devpath: `/devices/${parent}/${name}`, subsystem: 'acpi' }),
    ),
  subsystem: (_, device) => linkTo(`${up(depth(device) + 2)}bus/acpi`),
}
const FILE_NAMES = Object.keys(FILES)

/** The device as it is now; its name and place in the namespace never change. */
function deviceNamed(machine: Machine, name: string): AcpiDevice {
  const device = findDevice(machine, name)
  invariant(device !== undefined, `${name} is a device of the namespace.`)
  return device
}

/** The directory of a namespace device. Source: spec 1.7. */
export function deviceDirectory(machine: Machine, name: string): Directory {
  const now = (): AcpiDevice => deviceNamed(machine, name)
  const { blockFiles } = machine.generation.rules.sysfs
  const linksOf = ({ physicalNodes }: AcpiDevice): readonly PhysicalNode[] =>
    blockFiles.includes('firmware_node') ? physicalNodes : []
  return {
    kind: 'directory',
    names: () => {
      const device = now()
      const files = FILE_NAMES.filter((name) => FILES[name]?.(machine, device) !== undefined)
      return [...files, ...linksOf(device).map(linkName)]
    },
    get: (entry) => {
      const device = now()
      if (Object.hasOwn(FILES, entry)) return FILES[entry]?.(machine, device)
      const node = linksOf(device).find((candidate) => linkName(candidate) === entry)
      if (node === undefined) return undefined
      return linkTo(`${up(depth(device) + 1)}system/memory/memory${node.block}`)
    },
  }
}
