// Tests the agent on a separate machine: plugged memory comes online, and a kernel that refuses is reported.
import { strict as assert } from 'node:assert'
import { x86_64 as x86 } from '@memhp/arch-x86'
import {
  createMachine,
  ERROR_INJECTION,
  GIB,
  injectNotifierError,
  type Machine,
  platformOf,
  settle,
} from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'
import { onlineEverything } from './agent'

const machine = createMachine(
  {
    arch: 'x86_64',
    nodes: [{ id: 0, cpus: [0] }],
    ram: [{ start: 0, end: GIB, node: 0 }],
    drivers: { acpi: { slots: 2 } },
  },
  { archs: [x86], drivers: [acpiDriver], subsystems: { errorInjection: ERROR_INJECTION } },
)

function plug(target: Machine, id: string): void {
  platformOf(target, 'acpi').plug(target, { id, sizeBytes: GIB / 2, node: 0 })
  settle(target)
}

plug(machine, 'dimm0')
const first = await onlineEverything(machine.tree)
assert.deepEqual(first.online, ['memory32', 'memory33', 'memory34', 'memory35'])
assert.equal(machine.tree.read('/sys/devices/system/memory/memory32/valid_zones'), 'Movable\n')

// A kernel that runs out of memory while it prepares the block.
injectNotifierError(machine, { event: 'MEM_GOING_ONLINE', errno: 'ENOMEM' })
plug(machine, 'dimm1')
const second = await onlineEverything(machine.tree)
assert.deepEqual(second.online, [])
assert.deepEqual(second.refused[0], { block: 'memory36', errno: 'ENOMEM' })

console.log(`online: ${first.online.join(' ')}`)
console.log(`refused: ${second.refused.map(({ block, errno }) => `${block} ${errno}`).join(', ')}`)
