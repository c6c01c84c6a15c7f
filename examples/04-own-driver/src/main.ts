// Pushes a tray of memory into a machine, by a firmware that memhp does not know, and has it back.
import { x86_64 } from '@memhp/arch-x86'
import { createMachine, GIB, platformOf, SUBSYSTEMS, settle } from '@memhp/core'
import { trayDriver } from './tray'

const machine = createMachine(
  {
    arch: 'x86_64',
    nodes: [{ id: 0, cpus: [0] }],
    ram: [{ start: 0, end: 2 * GIB, node: 0 }],
    drivers: { tray: { slots: 2 } },
  },
  { archs: [x86_64], drivers: [trayDriver], subsystems: SUBSYSTEMS },
)
const memory = () => machine.tree.read('/proc/iomem')
const before = memory()
const platform = platformOf(machine, 'tray')

const { address } = platform.plug(machine, { id: 'left', sizeBytes: GIB, node: 0 })
settle(machine)
console.log(`The kernel has taken: ${machine.tree.read('/sys/firmware/tray/trays')}`)
const first = address / machine.geometry.blockBytes
machine.tree.write(`/sys/devices/system/memory/memory${first}/state`, 'online_movable')

platform.requestUnplug(machine, 'left')
settle(machine)
console.log(machine.state.journal.platform.map(({ event }) => event).join('\n'))
const isBack = memory() === before
console.log(isBack ? 'Its memory is what it was.' : 'Some of the tray was left.')
process.exitCode = isBack ? 0 : 1
