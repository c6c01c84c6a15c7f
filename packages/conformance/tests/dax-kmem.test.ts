// dax devices and kmem: what is bound and unbound, what stays, and what differs from kernel to kernel.
import { createMachine, GENERATIONS, GIB, isHotplugError, type Machine, MIB } from '@memhp/core'
import { type DaxRegionConfig, daxState } from '@memhp/driver-dax-kmem'
import { checkInvariants } from '@memhp/invariants'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../tests/thorough'
import { PLUGINS } from './plugins'

const KMEM = '/sys/bus/dax/drivers/kmem'
const DEVICE_DAX = '/sys/bus/dax/drivers/device_dax'
const DEVICES = '/sys/bus/dax/devices'
const MEMORY = '/sys/devices/system/memory'

interface Guest {
  readonly kernel?: string
  readonly autoOnlineBlocks?: string
  readonly cmdline?: string
}

/** A node of boot memory, and one whose memory is kept apart: at 4 GiB. */
function guestWith(regions: readonly Partial<DaxRegionConfig>[], guest: Guest = {}): Machine {
  const { kernel = 'v6.1', autoOnlineBlocks = 'offline', cmdline = '' } = guest
  const machine = createMachine(
    {
      arch: 'x86_64',
      kernel,
      cmdline,
      autoOnlineBlocks,
      nodes: [
        { id: 0, cpus: [0] },
        { id: 1, cpus: [] },
      ],
      ram: [{ start: 0, end: GIB, node: 0 }],
      drivers: {
        'dax-kmem': {
          regions: regions.map((region, i) => ({
            start: (4 + i) * GIB,
            sizeBytes: 256 * MIB,
            node: 1,
            ...region,
          })),
        },
      },
    },
    { ...PLUGINS, kernels: GENERATIONS },
  )
  checkInvariants(machine)
  return machine
}

/** Writes, and looks whether the machine is sound. @returns the errno of a refusal, null where there is none */
function write(machine: Machine, path: string, text: string): string | null {
  try {
    machine.tree.write(path, text)
    return null
  } catch (error) {
    if (isHotplugError(error)) return error.errno
    throw error
  } finally {
    checkInvariants(machine)
  }
}

const state = (machine: Machine, block: number, word: string): string | null =>
  write(machine, `${MEMORY}/memory${block}/state`, word)

const blocks = (machine: Machine): readonly string[] =>
  machine.tree.list(MEMORY).filter((name) => /^memory(?:3[2-9]|[4-9]\d)$/.test(name))

/** Whether a block lies in a range of bytes. */
const isOf = (range: { start: number; end: number } | undefined, block: string): boolean => {
  const at = Number(block.slice(6)) * 128 * MIB
  return range !== undefined && range.start <= at && at < range.end
}

/** Lines above boot memory. */
const lines = (machine: Machine): readonly string[] =>
  machine.tree
    .read('/proc/iomem')
    .split('\n')
    .filter((line) => /dax|kmem|Soft|hmem|Persist/.test(line))

const NODES = [
  '100000000-10fffffff : hmem.0',
  '  100000000-10fffffff : Soft Reserved',
  '    100000000-10fffffff : dax0.0',
  '      100000000-10fffffff : System RAM (kmem)',
]

describe('kmem', () => {
  test('takes a device when it is told of it, and gives it back', () => {
    const machine = guestWith([{}])
    expect(lines(machine)).toEqual(NODES.slice(0, 3))
    expect(write(machine, `${KMEM}/bind`, 'dax0.0')).toBe('ENODEV')
    expect(write(machine, `${DEVICE_DAX}/unbind`, 'dax0.0')).toBeNull()
    expect(lines(machine)).toEqual(NODES.slice(0, 2))
    expect(write(machine, `${KMEM}/new_id`, 'dax0.0')).toBeNull()
    expect(lines(machine)).toEqual(NODES)
    expect(blocks(machine)).toEqual(['memory32', 'memory33'])
    expect(write(machine, `${KMEM}/unbind`, 'dax0.0')).toBeNull()
    expect(lines(machine)).toEqual(NODES.slice(0, 2))
    expect([blocks(machine), machine.state.memory.groups.size]).toEqual([[], 0])
    expect(write(machine, `${KMEM}/bind`, 'dax0.0\n')).toBeNull()
    expect([lines(machine), machine.state.memory.groups.size]).toEqual([NODES, 1])
  })

  test('leaves memory that is online, and what is stuck is never taken again', () => {
    const machine = guestWith([{ driver: 'kmem' }])
    state(machine, 33, 'online_movable')
    expect(write(machine, `${KMEM}/unbind`, 'dax0.0')).toBeNull()
    expect(lines(machine)).toEqual(NODES)
    expect(machine.tree.list(KMEM)).not.toContain('dax0.0')
    expect(write(machine, `${KMEM}/bind`, 'dax0.0')).toBe('EBUSY')
    expect(state(machine, 33, 'offline')).toBeNull()
    expect(write(machine, `${KMEM}/bind`, 'dax0.0')).toBe('EBUSY')
    expect(write(machine, `${DEVICE_DAX}/bind`, 'dax0.0')).toBe('EBUSY')
    expect(write(machine, `${DEVICE_DAX}/bind`, 'dax0.0')).toBe('EINVAL')
    expect(blocks(machine)).toEqual(['memory32', 'memory33'])
  })

  test.each([
    ['a device inside two blocks', { start: 4 * GIB + 2 * MIB }, ['memory33']],
    ['one that ends inside a block', { sizeBytes: 200 * MIB }, ['memory32']],
    ['one inside a block', { start: 4 * GIB + 2 * MIB, sizeBytes: 128 * MIB }, []],
    [
      'persistent memory, whose header takes a block',
      { kind: 'persistent' as const },
      ['memory33'],
    ],
  ])('takes whole blocks: %s', (_, region, expected) => {
    const machine = guestWith([{ ...region, driver: 'kmem' }])
    expect(blocks(machine)).toEqual(expected)
    const errno = expected.length > 0 ? null : 'ENODEV'
    expect(write(machine, `${KMEM}/unbind`, 'dax0.0')).toBe(errno)
    expect(blocks(machine)).toEqual([])
  })

  test('that is told of one device takes every other that it may', () => {
    const machine = guestWith([{}, {}, {}])
    for (const name of ['dax0.0', 'dax1.0']) {
      write(machine, `${DEVICE_DAX}/unbind`, name)
      write(machine, `${KMEM}/new_id`, name)
    }
    for (const name of ['dax0.0', 'dax1.0']) write(machine, `${KMEM}/unbind`, name)
    expect(blocks(machine)).toEqual([])
    expect(write(machine, `${KMEM}/new_id`, 'dax9.9')).toBeNull()
    expect(blocks(machine)).toEqual(['memory32', 'memory33', 'memory40', 'memory41'])
  })
})

describe('kernels after 6.1', () => {
  test.each([
    ['v6.12', ['100000000-10fffffff : Soft Reserved', '  100000000-10fffffff : dax0.0']],
    ['v7.2', ['100000000-10fffffff : dax0.0']],
  ])('%s: kmem takes soft-reserved memory by itself', (kernel, expected) => {
    const machine = guestWith([{}], { kernel })
    expect(lines(machine).slice(0, -1)).toEqual(expected)
    expect(lines(machine).at(-1)?.trim()).toBe('100000000-10fffffff : System RAM (kmem)')
    expect(machine.tree.list(`${DEVICES}/dax0.0`)).not.toContain('state')
  })

  test('persistent memory stays with programs', () => {
    const machine = guestWith([{ kind: 'persistent' }], { kernel: 'v7.3' })
    expect(lines(machine)).toEqual([
      '100000000-10fffffff : Persistent Memory (legacy)',
      '  100200000-10fffffff : dax0.0',
    ])
    const device = { startPfn: 0x10_0000, spannedPages: 65_536, presentPages: 0, managedPages: 0 }
    expect(machine.state.memory.zones.get('0/Device')).toMatchObject(device)
    expect(write(machine, `${DEVICE_DAX}/unbind`, 'dax0.0')).toBeNull()
    expect(machine.state.memory.zones.get('0/Device')).toMatchObject(device)
  })

  test('memory holds its own struct pages where the file says so', () => {
    const cmdline = 'memory_hotplug.memmap_on_memory=1'
    const guest = { kernel: 'v7.3', autoOnlineBlocks: 'online_movable', cmdline }
    const machine = guestWith([{ memmapOnMemory: true }], guest)
    const zone = machine.state.memory.zones.get('1/Movable')
    expect(zone).toMatchObject({ spannedPages: 65_536, presentPages: 65_536, managedPages: 64_512 })
  })

  test('the first device of a region stays, however small', () => {
    const machine = guestWith([{ driver: 'none' }], { kernel: 'v7.3' })
    const region = '/sys/devices/platform/hmem_platform.0/hmem.0/dax_region'
    expect(write(machine, `${DEVICES}/dax0.0/size`, '0')).toBeNull()
    expect(write(machine, `${region}/delete`, 'dax0.0')).toBe('EBUSY')
    expect(write(machine, `${region}/create`, '1')).toBeNull()
    expect(write(machine, `${region}/delete`, 'dax0.1')).toBeNull()
    expect(machine.tree.list(DEVICES)).toEqual(['dax0.0'])
  })

  test('a device of several ranges gives all of them, and state takes all of them back', () => {
    const machine = guestWith([{ sizeBytes: GIB }], { kernel: 'v7.3' })
    const region = '/sys/devices/platform/hmem_platform.0/hmem.0'
    const device = `${DEVICES}/dax0.0`
    expect(write(machine, `${KMEM}/unbind`, 'dax0.0')).toBeNull()
    expect(write(machine, `${device}/size`, `${256 * MIB}`)).toBeNull()
    expect(write(machine, `${region}/dax_region/create`, '1')).toBeNull()
    expect(write(machine, `${region}/dax0.1/size`, `${256 * MIB}`)).toBeNull()
    expect(write(machine, `${device}/size`, `${384 * MIB}`)).toBeNull()
    expect(machine.tree.read(`${device}/mapping1/start`)).toBe('0x120000000\n')
    expect(machine.tree.read(`${device}/mapping1/page_offset`)).toBe('0x10000\n')
    expect(write(machine, `${device}/size`, `${512 * MIB}`)).toBeNull()
    expect(machine.tree.read(`${device}/mapping1/end`)).toBe('0x12fffffff\n')
    expect(machine.tree.list(device)).not.toContain('mapping2')
    expect(write(machine, `${device}/size`, `${384 * MIB}`)).toBeNull()
    expect(write(machine, `${KMEM}/bind`, 'dax0.0')).toBeNull()
    expect(blocks(machine)).toEqual(['memory32', 'memory33', 'memory36'])
    expect(lines(machine).filter((line) => line.endsWith(': dax0.0'))).toHaveLength(2)
    expect(write(machine, `${device}/state`, 'unplugged')).toBeNull()
    expect(blocks(machine)).toEqual([])
    expect(write(machine, `${device}/state`, 'online_movable')).toBeNull()
    expect(write(machine, `${MEMORY}/memory36/state`, 'offline')).toBeNull()
    expect(write(machine, `${KMEM}/unbind`, 'dax0.0')).toBeNull()
    expect(blocks(machine)).toEqual(['memory32', 'memory33'])
  })

  test('state takes memory away and brings it, and never changes how it is online', () => {
    const machine = guestWith([{}], { kernel: 'v7.3', autoOnlineBlocks: 'online_movable' })
    const file = `${DEVICES}/dax0.0/state`
    expect(machine.tree.read(file)).toBe('online_movable\n')
    const before = machine.state.journal.log.length
    expect(write(machine, file, 'online_kernel')).toBe('EBUSY')
    expect(write(machine, file, 'offline')).toBe('EINVAL')
    expect(machine.state.journal.log.slice(before)).toEqual([])
    expect(write(machine, file, 'unplugged')).toBeNull()
    expect([blocks(machine), lines(machine)]).toEqual([[], []])
    expect(write(machine, file, 'online_kernel')).toBeNull()
    expect(machine.tree.read(`${MEMORY}/memory32/valid_zones`)).toBe('Normal\n')
  })

  test('a kernel of 2012 leaves the memory alone', () => {
    const machine = guestWith([{}], { kernel: 'v3.10' })
    expect(machine.tree.lookup('/sys/bus/dax')).toBeUndefined()
    expect(lines(machine)).toEqual(['100000000-10fffffff : Soft Reserved'])
    expect(daxState(machine).devices).toEqual([])
  })
})

describe('a machine', () => {
  test('is refused where a region is boot memory, or on no node', () => {
    expect(() => guestWith([{ start: 0 }])).toThrow('drivers.dax-kmem.regions[0].start')
    expect(() => guestWith([{ node: 7 }])).toThrow('drivers.dax-kmem.regions[0].node')
  })

  test('is sound whatever is written, and blocks of a device go once all are offline', () => {
    const device = fc.constantFrom('dax0.0', 'dax0.1', 'dax1.0', 'dax2.0')
    const driver = fc.tuple(
      fc.constantFrom(KMEM, DEVICE_DAX),
      fc.constantFrom('bind', 'unbind', 'new_id', 'remove_id'),
      device,
    )
    const attribute = fc.tuple(
      device.map((name) => `${DEVICES}/${name}`),
      fc.constantFrom('state', 'size', 'align', 'memmap_on_memory'),
      fc.constantFrom('unplugged', 'online', 'online_movable', '0', '1', '4096', '134217728'),
    )
    const mapping = fc.tuple(
      device.map((name) => `${DEVICES}/${name}`),
      fc.constant('mapping'),
      fc.constantFrom('0x100000000-0x107ffffff', '108000000-10fffffff', '140200000-1401fffff', 'x'),
    )
    const region = fc.tuple(
      fc.constantFrom(
        ...['', '/hmem_platform.0'].map((below) => `/sys/devices/platform${below}/hmem.0`),
      ),
      fc.constantFrom('dax_region/create', 'dax_region/delete', 'dax0.1/size'),
      fc.constantFrom('1', 'dax0.1', 'dax0.0', '134217728', '0'),
    )
    const block = fc.tuple(
      fc.constantFrom(32, 33, 41).map((id) => `${MEMORY}/memory${id}`),
      fc.constant('state'),
      fc.constantFrom('online', 'online_movable', 'offline'),
    )
    const course = fc.array(fc.oneof(driver, attribute, mapping, region, block), { maxLength: 30 })
    fc.assert(
      fc.property(fc.constantFrom('v6.1', 'v6.12', 'v7.3'), course, (kernel, writes) => {
        const cmdline = 'memory_hotplug.memmap_on_memory=1'
        const machine = guestWith([{}, { start: 5 * GIB + 2 * MIB }, { kind: 'persistent' }], {
          kernel,
          cmdline,
        })
        for (const [folder, file, text] of writes) write(machine, `${folder}/${file}`, text)
        for (const { name, driver: bound, memory } of daxState(machine).devices) {
          if (bound !== 'kmem' || memory?.state === 'unplugged') continue
          const own = blocks(machine).filter((each) =>
            memory?.ranges.some((range) => isOf(range, each)),
          )
          for (const each of own) write(machine, `${MEMORY}/${each}/state`, 'offline')
          // What describes other memory may lie in it, and stay.
          const isOffline = own.every(
            (each) => machine.tree.read(`${MEMORY}/${each}/state`) === 'offline\n',
          )
          expect(write(machine, `${KMEM}/unbind`, name)).toBeNull()
          const now = daxState(machine).devices.find((other) => other.name === name)
          expect(now?.memory === null).toBe(isOffline)
        }
      }),
      { numRuns: draws(20) },
    )
  })
})
