import { HotplugError, type Machine } from '@memhp/core'
import {
  type DeviceFile,
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
import {
  type AcpiDevice,
  acpiState,
  devpathOf,
  findDevice,
  type PhysicalNode,
  parentOf,
} from '../state'

const HID = 'PNP0C80'

const up = (levels: number): string => '../'.repeat(levels)
const depth = (machine: Machine, device: AcpiDevice): number =>
  parentOf(machine, device).split('/').length

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
  Record<DeviceFile, (machine: Machine, device: AcpiDevice) => TreeNode | undefined>
> = {
  path: (_, { path }) => line(() => path),
  hid: () => line(() => HID),
  modalias: () => line(() => `acpi:${HID}:`),
  uid: (_, { uid }) => (uid === null ? undefined : line(() => uid)),
  status: (machine, { name }) =>
    line(() => String(evaluateSta(machine, deviceNamed(machine, name)))),
  eject: (machine, { name, slot }) =>
    slot.faults.ej0 === 'missing'
      ? undefined
      : writeOnly((text) => storeEject(machine, deviceNamed(machine, name), text)),
  uevent: (machine, device) =>
    readWrite(
      () => `MODALIAS=acpi:${HID}:\n`,
      () =>
        emitUevent(machine, 'change', { devpath: devpathOf(machine, device), subsystem: 'acpi' }),
    ),
  subsystem: (machine, device) => linkTo(`${up(depth(machine, device) + 2)}bus/acpi`),
}

/** The device as it is now; a file of it may be open for longer than it is there. @throws HotplugError NO_SUCH_DEVICE (ENODEV) */
function deviceNamed(machine: Machine, name: string): AcpiDevice {
  const device = findDevice(machine, name)
  if (device !== undefined) return device
  throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `${name} is gone.`, {
    detail: { device: name },
  })
}

/** The directory of a namespace device. Source: spec 1.7. */
export function deviceDirectory(machine: Machine, name: string): Directory {
  const { sysfs } = machine.generation.rules
  const { files: fileNames } = machine.generation.rules.device
  const linksOf = ({ physicalNodes }: AcpiDevice): readonly PhysicalNode[] =>
    sysfs.blockFiles.includes('firmware_node') ? physicalNodes : []
  return {
    kind: 'directory',
    names: () => {
      const device = findDevice(machine, name)
      if (device === undefined) return []
      const files = fileNames.filter((file) => FILES[file](machine, device) !== undefined)
      return [...files, ...linksOf(device).map(linkName)]
    },
    get: (entry) => {
      const device = findDevice(machine, name)
      if (device === undefined) return undefined
      const file = fileNames.find((each) => each === entry)
      if (file !== undefined) return FILES[file](machine, device)
      const node = linksOf(device).find((candidate) => linkName(candidate) === entry)
      if (node === undefined) return undefined
      return linkTo(`${up(depth(machine, device) + 1)}system/memory/memory${node.block}`)
    },
  }
}
