// Plugs a memory device into a machine of an architecture that memhp does not know, and takes it out again.
import { createMachine, fingerprint, GIB, platformOf, SUBSYSTEMS, settle } from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'
import { window64 } from './window64'

const machine = createMachine(
  {
    arch: 'window64',
    nodes: [{ id: 0, cpus: [0] }],
    ram: [{ start: 0, end: 2 * GIB, node: 0 }],
    drivers: { acpi: { slots: 1 } },
  },
  { archs: [window64], drivers: [acpiDriver], subsystems: SUBSYSTEMS },
)
const state = '/sys/devices/system/memory'
const before = fingerprint(machine)

const device = platformOf(machine, 'acpi').plug(machine, { id: 'dimm0', sizeBytes: GIB, node: 0 })
settle(machine)
const first = device.address / machine.geometry.blockBytes
for (let id = first; id < first + 4; id++)
  machine.tree.write(`${state}/memory${id}/state`, 'online_movable')
console.log(machine.tree.read('/proc/zoneinfo'))

machine.tree.write(`/sys/bus/acpi/devices/${device.name}/eject`, '1')
settle(machine)
console.log(
  machine.state.journal.uevents.map(({ action, devpath }) => `${action} ${devpath}`).join('\n'),
)
const after = fingerprint(machine)
console.log(before === after ? 'The machine is what it was.' : 'Something was left behind.')
process.exitCode = before === after ? 0 : 1
