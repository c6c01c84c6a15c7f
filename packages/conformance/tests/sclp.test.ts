// Standby memory of s390: what is told by files, errnos and the hypervisor's log as blocks come online and go offline.
import { s390x } from '@memhp/arch-s390'
import {
  blockId,
  createMachine,
  GENERATIONS,
  GIB,
  type Machine,
  type MachineDescription,
  MIB,
  physAddr,
  refusalOf,
  removeMemory,
  SUBSYSTEMS,
} from '@memhp/core'
import { canonicalMemory, findBlock } from '@memhp/core/inspect'
import { sclpDriver } from '@memhp/driver-sclp'
import { checkInvariants } from '@memhp/invariants'
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
    { archs: [s390x], drivers: [sclpDriver], kernels: GENERATIONS, subsystems: SUBSYSTEMS },
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

const STORAGE = '/sys/firmware/memory'

/** The same with Linux 7.2: blocks of 128 MiB, of which 16 to 19 are standby memory. */
const bootNew = (more: Partial<MachineDescription> = {}, config: object = {}): Machine =>
  boot({ kernel: 'v7.2', ...more }, config)
const configOf = (machine: Machine, block: number, file = 'config'): string =>
  machine.tree.read(`${STORAGE}/memory${block}/${file}`).trim()
const storeConfig = (
  machine: Machine,
  block: number,
  { file = 'config', text }: { readonly file?: string; readonly text: string },
): string | undefined =>
  refusalOf(() => machine.tree.write(`${STORAGE}/memory${block}/${file}`, text))?.errno

describe('storage that is configured by files', () => {
  test('has directories for all blocks, and no blocks until they are configured', () => {
    const machine = bootNew()
    expect(machine.tree.list(STORAGE)).toHaveLength(20)
    expect([0, 7, 8, 16].map((block) => configOf(machine, block))).toEqual(['1', '1', '0', '0'])
    expect(machine.tree.list(MEMORY)).not.toContain('memory16')
    expect(machine.state.journal.log.map(({ text }) => text)).toContain(
      'sclp_mem: Standby memory at 0x80000000 (512M of 512M usable)',
    )
    expect(bootNew({}, { standby: [] }).tree.lookup(STORAGE)).toBeUndefined()
  })

  test('comes and goes with its block, which alone goes on and offline', () => {
    const machine = bootNew({ cmdline: 'memhp_default_state=offline' })
    expect(storeConfig(machine, 16, { text: 'on' })).toBeUndefined()
    expect(read(machine, 'memory16/state')).toBe('offline')
    expect(write(machine, 'memory16/state', 'online_movable')).toBeUndefined()
    expect(storeConfig(machine, 16, { text: '1' })).toBeUndefined()
    expect(asked(machine)).toEqual(['assign 32 128'])
    expect(storeConfig(machine, 16, { text: '0' })).toBe('EBUSY')
    expect(write(machine, 'memory16/state', 'offline')).toBeUndefined()
    expect(storeConfig(machine, 16, { text: 'n' })).toBeUndefined()
    expect(asked(machine)).toEqual(['assign 32 128', 'unassign 32 128'])
    expect(machine.tree.list(MEMORY)).not.toContain('memory16')
    checkInvariants(machine)
  })

  test('takes no other word', () => {
    const machine = bootNew()
    for (const text of ['x', '2']) expect(storeConfig(machine, 16, { text })).toBe('EINVAL')
    expect(storeConfig(machine, 16, { file: 'memmap_on_memory', text: 'q' })).toBe('EINVAL')
  })

  test('that the hypervisor refuses answers EIO, and nothing is given back', () => {
    const machine = bootNew()
    const [driver] = machine.drivers
    driver?.refuseStorage?.(machine, [{ start: 2 * GIB, end: 2 * GIB + 16 * MIB }])
    expect(storeConfig(machine, 16, { text: '1' })).toBe('EIO')
    expect(asked(machine)).toEqual(['assign 816 16', 'assign 32 112'])
    expect(configOf(machine, 16)).toBe('0')
    expect(machine.state.journal.log.at(-1)?.text).toMatch(/^sclp_mem: assign storage failed/)
  })

  test('is given back of boot memory too, and pages that boot took for it are free then', () => {
    const machine = bootNew({ archOptions: { edat: 0 } })
    const managed = (): number =>
      [...machine.state.memory.zones.values()].reduce((sum, zone) => sum + zone.managedPages, 0)
    expect(write(machine, 'memory4/state', 'offline')).toBeUndefined()
    const before = managed()
    expect(storeConfig(machine, 4, { text: '0' })).toBeUndefined()
    // 512 of struct pages, 128 tables of the identity map and 2 of the vmemmap.
    expect(managed() - before).toBe(642)
    checkInvariants(machine)
    expect(machine.tree.read('/proc/iomem')).toContain('00000000-1fffffff : System RAM')
    expect(storeConfig(machine, 4, { text: '1' })).toBeUndefined()
    expect(configOf(machine, 4)).toBe('1')
    checkInvariants(machine)
  })

  test('holds its own struct pages where that is supported and its file says so', () => {
    const cmdline = 'memory_hotplug.memmap_on_memory=1'
    const machine = bootNew({ cmdline, archOptions: { edat: 1 } })
    const memmap = 'memmap_on_memory'
    expect([0, 16].map((block) => configOf(machine, block, memmap))).toEqual(['0', '1'])
    expect(storeConfig(machine, 17, { file: memmap, text: '0' })).toBeUndefined()
    for (const block of [16, 17]) storeConfig(machine, block, { text: '1' })
    expect(storeConfig(machine, 17, { file: memmap, text: '0' })).toBe('EBUSY')
    const hosted = [16, 17].map((id) => findBlock(machine, blockId(id))?.selfHostedPages)
    expect(hosted).toEqual([512, 0])
    expect(storeConfig(bootNew(), 16, { file: memmap, text: '1' })).toBe('EOPNOTSUPP')
  })

  test('of elements that are not attached is attached before any is asked for', () => {
    const detached = [{ start: 2 * GIB, end: 2 * GIB + 256 * MIB }]
    const machine = bootNew({}, { detached })
    storeConfig(machine, 19, { text: '1' })
    storeConfig(machine, 16, { text: '1' })
    expect(asked(machine)).toEqual(['attach 32 1', 'assign 32 128', 'assign 32 128'])
    const old = boot({}, { detached })
    write(old, 'memory9/online', '1')
    expect(asked(old)).toEqual(['attach 32 1', 'assign 32 256'])
  })
})

describe('a kernel without NUMA', () => {
  test('shows no nodes, no links to them, and no parameter about them', () => {
    const machine = boot()
    expect(machine.tree.lookup('/sys/devices/system/node')).toBeUndefined()
    expect(machine.tree.list(`${MEMORY}/memory0`)).not.toContain('node0')
    // The third parameter is about nodes. Seen by: memhp verify --arch s390x --seed 11 --nodes 2048
    expect(machine.tree.list('/sys/module/memory_hotplug/parameters').toSorted()).toEqual([
      'auto_movable_ratio',
      'online_policy',
    ])
  })
})

test('an attempt to remove, which kernels of 2012 refuse, leaves sections, blocks and mapping', () => {
  const machine = boot({ kernel: 'rfc9' })
  const before = canonicalMemory(machine)
  const range = { start: physAddr(2 * GIB), end: physAddr(2 * GIB + 256 * MIB) }
  expect(refusalOf(() => removeMemory(machine, { range }))?.errno).toBe('EBUSY')
  expect(canonicalMemory(machine)).toEqual(before)
})
