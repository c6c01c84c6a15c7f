import { x86_64 } from '@memhp/arch-x86'
import {
  createMachine,
  GIB,
  injectNotifierError,
  KERNEL_LOG,
  type Machine,
  type MachineDescription,
  nodeId,
  poisonPage,
  refusalOf,
  reserveHugePages,
  SUBSYSTEMS,
  type Subsystems,
  softOfflinePage,
  WITHHOLDING,
} from '@memhp/core'
import { virtioMemDriver } from '@memhp/driver-virtio-mem'
import { checkInvariants, checkStep, MachineWatch } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'

const HOST: MachineDescription = {
  arch: 'x86_64',
  nodes: [{ id: 0, cpus: [0] }],
  ram: [{ start: 0, end: GIB, node: 0 }],
}

const AUTO_MOVABLE: MachineDescription = {
  ...HOST,
  cmdline: 'memory_hotplug.online_policy=auto-movable',
}

const MEMMAP_ON_MEMORY: MachineDescription = {
  ...HOST,
  cmdline: 'memory_hotplug.memmap_on_memory=1',
}

const NOTHING = {
  reserved: 0,
  unmovable: 0,
  movable: 0,
  pinned: 0,
  withheld: 0,
  poisoned: 0,
  hugetlb: 0,
  hugetlbFree: 0,
}

const withUse = (use: Partial<typeof NOTHING>): MachineDescription => ({
  ...HOST,
  blocks: [
    {
      id: 3,
      state: 'online',
      zone: 'DMA32',
      nodes: [0],
      early: true,
      use: { ...NOTHING, ...use },
    },
  ],
})

const boot = (description: MachineDescription, subsystems: Subsystems = {}): Machine =>
  createMachine(description, { archs: [x86_64], drivers: [], subsystems })

const PARAMETERS = '/sys/module/memory_hotplug/parameters'
const MEMORY = '/sys/devices/system/memory'

describe('a machine that is made without subsystems', () => {
  test.each([
    ['huge pages in use', withUse({ hugetlb: 512 }), 'blocks[0].use', 'HUGE_PAGES'],
    ['free huge pages', withUse({ hugetlbFree: 512 }), 'blocks[0].use', 'HUGE_PAGES'],
    ['poisoned pages', withUse({ poisoned: 1 }), 'blocks[0].use', 'MEMORY_FAILURE'],
    ['the policy auto-movable', AUTO_MOVABLE, 'cmdline', 'AUTO_MOVABLE'],
    ['memory with its own memmap', MEMMAP_ON_MEMORY, 'cmdline', 'MEMMAP_ON_MEMORY'],
  ])('is refused where its description has %s', (_, description, place, name) => {
    const refusal = refusalOf(() => boot(description))
    expect(refusal).toMatchObject({ code: 'UNKNOWN_PLUGIN', errno: 'EOPNOTSUPP' })
    expect(refusal?.message).toContain(place)
    expect(refusal?.message).toContain(name)
    expect(() =>
      createMachine(description, { archs: [x86_64], drivers: [], subsystems: SUBSYSTEMS }),
    ).not.toThrow()
  })

  test.each([
    [`${MEMORY}/soft_offline_page`, '0x1000', 'MEMORY_FAILURE'],
    [`${MEMORY}/hard_offline_page`, '0x1000', 'MEMORY_FAILURE'],
    [`${PARAMETERS}/online_policy`, 'auto-movable', 'AUTO_MOVABLE'],
  ])('refuses what is written to %s, and has the file', (path, text, name) => {
    const { tree } = boot(HOST)
    expect(tree.lookup(path)).toMatchObject({ kind: 'file' })
    const refusal = refusalOf(() => tree.write(path, text))
    expect(refusal).toMatchObject({ code: 'UNKNOWN_PLUGIN', errno: 'EOPNOTSUPP' })
    expect(refusal?.message).toContain(name)
  })

  test('refuses what is written to probe, where its kernel has the file', () => {
    const { tree } = boot({ ...HOST, config: { memoryProbe: true } })
    const refusal = refusalOf(() => tree.write(`${MEMORY}/probe`, '0x100000000'))
    expect(refusal?.message).toContain('memoryProbe: MEMORY_PROBE')
  })

  test.each([
    ['/proc/meminfo', 'memoryCounters: MEMORY_COUNTERS'],
    ['/proc/zoneinfo', 'memoryCounters: MEMORY_COUNTERS'],
    ['/proc/buddyinfo', 'memoryCounters: MEMORY_COUNTERS'],
    ['/proc/pagetypeinfo', 'memoryCounters: MEMORY_COUNTERS'],
    ['/proc/kpageflags', 'pageMonitor: PAGE_MONITOR'],
    ['/proc/kpagecount', 'pageMonitor: PAGE_MONITOR'],
  ])('has no %s, and says what brings it', (path, part) => {
    const { tree } = boot(HOST)
    expect(tree.lookup(path)).toBeUndefined()
    const refusal = refusalOf(() => tree.read(path))
    expect(refusal).toMatchObject({ code: 'UNKNOWN_PLUGIN', errno: 'ENOENT' })
    expect(refusal?.message).toContain(`${path}: needs subsystems: { ${part} }`)
    expect(boot(HOST, SUBSYSTEMS).tree.lookup(path)?.kind).toBe('file')
  })

  test('shows no counters of pages in /proc, not those that were captured either, and keeps all invariants', () => {
    const captured = {
      ...HOST,
      files: { '/proc/meminfo': 'MemTotal: 5 kB\n', '/proc/swaps': '\n' },
    }
    const machine = boot(captured)
    expect(machine.tree.list('/proc')).toEqual(['swaps', 'cmdline', 'iomem'])
    const path = `${MEMORY}/memory4/state`
    checkStep(
      new MachineWatch(machine).step({ op: 'write', path, value: 'offline' }, () =>
        machine.tree.write(path, 'offline'),
      ),
    )
    checkInvariants(machine)
    expect(boot(captured, SUBSYSTEMS).tree.read('/proc/meminfo')).not.toContain(' 5 kB')
  })

  test('is refused where a plugin withholds pages', () => {
    const arch = {
      ...x86_64,
      create: (...given: Parameters<typeof x86_64.create>) => ({
        ...x86_64.create(...given),
        withholdPages: () => [],
      }),
    }
    const refusal = refusalOf(() => createMachine(HOST, { archs: [arch], drivers: [] }))
    expect(refusal?.code).toBe('UNKNOWN_PLUGIN')
    expect(refusal?.message).toContain('x86_64: pages that it withholds')
    expect(refusal?.message).toContain('withholding: WITHHOLDING')
  })

  test('gets what its driver brings', () => {
    const description = { ...HOST, drivers: { 'virtio-mem': { devices: [] } } }
    const bare = { ...virtioMemDriver, subsystems: {} }
    const bootWith = (driver: typeof virtioMemDriver): Machine =>
      createMachine(description, { archs: [x86_64], drivers: [driver] })
    expect(bootWith(virtioMemDriver).subsystems).toEqual({ withholding: WITHHOLDING })
    expect(refusalOf(() => bootWith(bare))?.message).toContain(
      'virtio-mem: pages that it withholds',
    )
  })

  test('stays as it is where the policy is refused', () => {
    const { tree } = boot(HOST)
    refusalOf(() => tree.write(`${PARAMETERS}/online_policy`, 'auto-movable'))
    expect(tree.read(`${PARAMETERS}/online_policy`)).toBe('contig-zones\n')
  })

  test('has a kernel that says nothing, and does the same', () => {
    const write = (machine: Machine): unknown => {
      const block = `${MEMORY}/memory4/state`
      const refusal = refusalOf(() => machine.tree.write(block, 'offline'))
      return [refusal?.code, machine.tree.read(block)]
    }
    const [silent, telling] = [boot(HOST), boot(HOST, { kernelLog: KERNEL_LOG })]
    expect(write(silent)).toEqual(write(telling))
    expect(silent.state.journal.log).toEqual([])
    expect(telling.state.journal.log).not.toEqual([])
  })

  test('has no huge pages to reserve and no notifier that fails on purpose', () => {
    const machine = boot(HOST)
    const path = '/sys/kernel/debug/notifier-error-inject'
    expect(machine.tree.lookup(path)).toBeUndefined()
    const calls = [
      () => poisonPage(machine, 4096),
      () => softOfflinePage(machine, 4096),
      () => reserveHugePages(machine, { nodeId: nodeId(0), order: 9, count: 1 }),
      () => injectNotifierError(machine, { event: 'MEM_GOING_OFFLINE', errno: 'EBUSY' }),
    ]
    for (const call of calls) expect(refusalOf(call)?.code).toBe('UNKNOWN_PLUGIN')
  })
})
