// Standby memory of s390: what is told by files, errnos and the hypervisor's log as blocks come online and go offline.
import { s390x } from '@memhp/arch-s390'
import {
  createMachine,
  GIB,
  type Machine,
  type MachineDescription,
  MIB,
  physAddr,
  refusalOf,
  removeMemory,
} from '@memhp/core'
import { canonicalMemory } from '@memhp/core/inspect'
import { sclpDriver } from '@memhp/driver-sclp'
import { describe, expect, test } from 'vitest'

const MEMORY = '/sys/devices/system/memory'

/** 1 GiB of boot memory in blocks of 256 MiB, and two blocks of standby memory above 2 GiB. */
const boot = (more: Partial<MachineDescription> = {}, config: object = {}): Machine =>
  createMachine(
    {
      arch: 's390x',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: GIB, node: 0 }],
      drivers: {
        sclp: { standby: [{ start: 2 * GIB, end: 2 * GIB + 512 * MIB }], ...config },
      },
      ...more,
    },
    { archs: [s390x], drivers: [sclpDriver] },
  )

const read = (machine: Machine, path: string): string =>
  machine.tree.read(`${MEMORY}/${path}`).trim()
const write = (machine: Machine, path: string, text: string): string | undefined =>
  refusalOf(() => machine.tree.write(`${MEMORY}/${path}`, text))?.errno

/** What the kernel has asked the hypervisor for: `assign 32 256`. */
const asked = (machine: Machine): readonly string[] =>
  machine.state.journal.platform.map(({ data }) => `${data.command} ${data.response} ${data.count}`)

describe('standby memory', () => {
  test('is there from boot as offline blocks, with the number of its first increment', () => {
    const machine = boot()
    expect(['memory8', 'memory9'].map((block) => read(machine, `${block}/state`))).toEqual([
      'offline',
      'offline',
    ])
    expect(read(machine, 'memory8/phys_device')).toBe('2048')
    expect(read(machine, 'memory1/phys_device')).toBe('256')
    expect(read(machine, 'memory8/valid_zones')).toBe('Normal Movable')
    expect(machine.state.journal.log.map(({ text }) => text)).toContain(
      'sclp_cmd: Standby memory at 0x80000000 (512M of 512M usable)',
    )
    expect(asked(machine)).toEqual([])
  })

  test('2012/S-1: is assigned as its block comes online, and given back offline, while the block stays', () => {
    const machine = boot()
    expect(write(machine, 'memory8/state', 'online_movable')).toBeUndefined()
    expect(asked(machine)).toEqual(['assign 32 256'])
    expect(write(machine, 'memory8/state', 'offline')).toBeUndefined()
    expect(asked(machine)).toEqual(['assign 32 256', 'unassign 32 256'])
    expect(read(machine, 'memory8/state')).toBe('offline')
  })

  test('that the hypervisor refuses answers EPERM, after all increments were tried and given back', () => {
    const machine = boot()
    const [driver] = machine.drivers
    driver?.refuseStorage?.(machine, [{ start: 2 * GIB, end: 2 * GIB + 16 * MIB }])
    expect(write(machine, 'memory8/online', '1')).toBe('EPERM')
    expect(asked(machine)).toEqual(['assign 816 16', 'assign 32 240', 'unassign 32 256'])
    expect(write(machine, 'memory9/online', '1')).toBeUndefined()
  })

  test('goes online by itself where the default says so', () => {
    const machine = boot({ cmdline: 'memhp_default_state=online' })
    expect(read(machine, 'memory9/state')).toBe('online')
    expect(asked(machine)).toEqual(['assign 32 256', 'assign 32 256'])
  })

  test('beyond what the kernel can map has no blocks', () => {
    const machine = boot({ archOptions: { maxMemoryBytes: 2 * GIB + 256 * MIB } })
    expect(machine.tree.list(MEMORY)).toContain('memory8')
    expect(machine.tree.list(MEMORY)).not.toContain('memory9')
    expect(machine.state.journal.log.map(({ text }) => text)).toContain(
      'sclp_cmd: Standby memory at 0x80000000 (512M of 256M usable)',
    )
  })

  test('in increments larger than blocks is used until the last of its blocks is offline', () => {
    const machine = boot({}, { incrementBytes: 512 * MIB })
    write(machine, 'memory8/online', '1')
    write(machine, 'memory9/online', '1')
    expect(asked(machine)).toEqual(['assign 32 1'])
    write(machine, 'memory8/online', '0')
    expect(asked(machine)).toEqual(['assign 32 1'])
    write(machine, 'memory9/online', '0')
    expect(asked(machine)).toEqual(['assign 32 1', 'unassign 32 1'])
  })
})

describe('a kernel without NUMA', () => {
  test('shows no nodes, and no links to them', () => {
    const machine = boot()
    expect(machine.tree.lookup('/sys/devices/system/node')).toBeUndefined()
    expect(machine.tree.list(`${MEMORY}/memory0`)).not.toContain('node0')
  })
})

test('an attempt to remove, which kernels of 2012 refuse, leaves sections, blocks and mapping', () => {
  const machine = boot({ kernel: 'rfc9' })
  const before = canonicalMemory(machine)
  const range = { start: physAddr(2 * GIB), end: physAddr(2 * GIB + 256 * MIB) }
  expect(refusalOf(() => removeMemory(machine, { range }))?.errno).toBe('EBUSY')
  expect(canonicalMemory(machine)).toEqual(before)
})
