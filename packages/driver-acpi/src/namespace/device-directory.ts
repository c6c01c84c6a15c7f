import {
  type Directory,
  emitUevent,
  HotplugError,
  invariant,
  linkTo,
  type Machine,
  readOnly,
  readWrite,
  type TreeNode,
  writeOnly,
} from '@memhp/core'
import { queueHotplug } from '../handler/notify'
import { NOTIFY } from '../handler/outcome'
import { evaluateSta } from '../platform/methods'
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

function filesOf(machine: Machine, device: AcpiDevice): Readonly<Record<string, TreeNode>> {
  const { uid } = device
  const uevent = { devpath: `/devices/${device.parent}/${device.name}`, subsystem: 'acpi' }
  const ejectable = device.slot.faults.ej0 !== 'missing'
  return {
    path: line(() => device.path),
    hid: line(() => HID),
    modalias: line(() => `acpi:${HID}:`),
    ...(uid === null ? {} : { uid: line(() => uid) }),
    status: line(() => String(evaluateSta(device))),
    ...(ejectable ? { eject: writeOnly((text) => storeEject(machine, device, text)) } : {}),
    uevent: readWrite(
      () => `MODALIAS=acpi:${HID}:\n`,
      () => emitUevent(machine, 'change', uevent),
    ),
    subsystem: linkTo(`${up(depth(device) + 2)}bus/acpi`),
  }
}

/** The directory of a namespace device. Source: spec 1.7. */
export function deviceDirectory(machine: Machine, name: string): Directory {
  const now = (): AcpiDevice => {
    const device = findDevice(machine, name)
    invariant(device !== undefined, `${name} is a device of the namespace.`)
    return device
  }
  return {
    kind: 'directory',
    names: () => [...Object.keys(filesOf(machine, now())), ...now().physicalNodes.map(linkName)],
    get: (entry) => {
      const device = now()
      const files = filesOf(machine, device)
      if (Object.hasOwn(files, entry)) return files[entry]
      const node = device.physicalNodes.find((candidate) => linkName(candidate) === entry)
      if (node === undefined) return undefined
      return linkTo(`${up(depth(device) + 1)}system/memory/memory${node.block}`)
    },
  }
}
