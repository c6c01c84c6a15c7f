// What a failed operation leaves changed, because the kernel does: one test for each entry of NOT_ROLLED_BACK.
import {
  addMemory,
  allocateTracked,
  blockId,
  type Errno,
  fingerprint,
  GIB,
  HotplugError,
  isHotplugError,
  type Machine,
  type MachineDescription,
  MIB,
  nodeId,
  offlineAndRemoveMemory,
  offlineBlock,
  onlineBlock,
  placeUnmovablePage,
  releaseAllocation,
  sectionNr,
  TIB,
  takeSnapshot,
  verifyAllocation,
} from '@memhp/core'
import {
  blockRange,
  canonicalMemory,
  injectFault,
  injectStepFault,
  listLeaves,
  pageblockCounts,
} from '@memhp/core/inspect'
import { allocatePages, freePages, isSectionPresent } from '@memhp/core/plugin'
import { checkInvariants, isSame, listDifferences } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { type FaultSweepOptions, NOT_ROLLED_BACK, sweepAll } from '../src/index'
import {
  bytesOf,
  EJECT,
  makeGuest,
  numbers,
  plug,
  ramLines,
  readBlock,
  statesOf,
  ueventsSince,
  unplug,
  write,
  writeState,
} from './machines'
import { PLUGINS } from './plugins'

const DEVICE = numbers(32, 39)
/** Little memory, so that it is soon used up. */
const SMALL: Partial<MachineDescription> = { ram: [{ start: 0, end: 256 * MIB, node: 0 }] }

function withDevice(online: Readonly<Record<number, 'online_kernel' | 'online_movable'>>): Machine {
  const machine = makeGuest()
  plug(machine, { id: 'dimm', sizeBytes: GIB, node: 1 })
  for (const [id, type] of Object.entries(online)) writeState(machine, Number(id), type)
  return machine
}

/** Makes one step fail. @returns the errno of what was refused for it */
function withFault(machine: Machine, at: string, act: () => void): string | null {
  const heal = injectStepFault(machine, ({ operation, step }) =>
    `${operation}/${step}` === at ? new HotplugError('FAULT_INJECTED', 'ENOMEM', at) : undefined,
  )
  try {
    act()
    return null
  } catch (error) {
    if (isHotplugError(error)) return error.errno
    throw error
  } finally {
    heal()
  }
}

/** Requires that two moments differ, and not in more than an entry declares. */
function expectOnly(id: string, before: ReturnType<typeof moment>, machine: Machine): void {
  const { without } = NOT_ROLLED_BACK.find((entry) => entry.id === id) ?? {}
  const after = canonicalMemory(machine)
  expect(isSame({ before: before.memory, after })).toBe(false)
  const masked = { before: without?.(before.memory), after: without?.(after) }
  expect(listDifferences(masked).map(({ place }) => place)).toEqual([])
  checkInvariants(machine)
}

/** The machine as it is now, whatever happens to it later. */
function moment(machine: Machine) {
  const { state } = takeSnapshot(machine)
  return { memory: canonicalMemory({ ...machine, state }), fingerprint: fingerprint(machine) }
}

describe('not rolled back', { timeout: 30_000 }, () => {
  test('moved-pages: what migrated stays where it is, whole and right', () => {
    const machine = withDevice({ 33: 'online_movable', 34: 'online_movable' })
    const owner = allocateTracked(machine, {
      name: 'o',
      kind: 'file',
      pageCount: 5000,
      nodeId: nodeId(1),
      policy: 'bind',
    })
    const block = Math.floor((owner.pages[0] ?? 0) / 32_768)
    const before = { ...moment(machine), first: owner.pages[0] }
    expect(
      withFault(machine, 'offline/dissolve', () => void offlineBlock(machine, blockId(block))),
    ).toBe('ENOMEM')
    expectOnly('moved-pages', before, machine)
    expect(owner.pages[0]).not.toBe(before.first)
    expect(verifyAllocation(machine, owner.id)).toBe(0)
    expect(offlineBlock(machine, blockId(block))).toBe('done')
  })

  test('pageblock-types: 2012/G-4 an unmovable pageblock that was isolated is Movable, and all else as it was', () => {
    const machine = withDevice({ 33: 'online_kernel' })
    const zone = machine.state.memory.zones.get('1/Normal')
    const owner = allocateTracked(machine, {
      name: 'k',
      kind: 'kernel',
      pageCount: 700,
      nodeId: nodeId(1),
      policy: 'bind',
    })
    releaseAllocation(machine, owner.id)
    const types = (): readonly number[] =>
      zone === undefined ? [] : pageblockCounts(machine, zone)
    const before = { types: types(), fingerprint: fingerprint(machine) }
    expect(before.types[0]).toBeGreaterThan(0)
    expect(
      withFault(machine, 'offline/notify', () => void offlineBlock(machine, blockId(33))),
    ).toBe('ENOMEM')
    expect(types()).toEqual([0, 64, 0, 0, 0, 0])
    expect(fingerprint(machine)).toBe(before.fingerprint)
  })

  test('per-cpu-lists: are empty after an attempt', () => {
    const machine = withDevice({ 33: 'online_movable' })
    const zone = machine.state.memory.zones.get('1/Movable')
    const request = { order: 0, nodeId: nodeId(1), mobility: 'movable', kind: 'lru' } as const
    const page = allocatePages(machine, request)
    if (page !== null) freePages(machine, { pfn: page, order: 0 })
    expect(zone?.perCpu).toEqual([page])
    const before = fingerprint(machine)
    expect(
      withFault(machine, 'offline/isolate', () => void offlineBlock(machine, blockId(33))),
    ).toBe('ENOMEM')
    expect(zone?.perCpu).toEqual([])
    expect(fingerprint(machine)).toBe(before)
  })

  test('stored-online-type: stays after a refused write, and is gone after an attempt', () => {
    const machine = withDevice({ 33: 'online_kernel' })
    const before = moment(machine)
    expect(writeState(machine, 33, 'online_movable')).toBe('EINVAL')
    expectOnly('stored-online-type', before, machine)
    offlineBlock(machine, blockId(33))
    const stored = moment(machine)
    expect(withFault(machine, 'online/notify', () => void onlineBlock(machine, blockId(33)))).toBe(
      'ENOMEM',
    )
    expectOnly('stored-online-type', stored, machine)
  })

  test('failed-add-keeps-direct-map: the direct map and the first section stay, so that adding again meets them', () => {
    const machine = makeGuest(SMALL)
    const before = moment(machine)
    const hog = leaveFree(machine, 600)
    const add = (): void => addMemory(machine, { range: bytesOf(64, 65), nodeId: nodeId(0) })
    expect(withFault(machine, 'none', add)).toBe('ENOMEM')
    release(machine, hog)
    expectOnly('failed-add-keeps-direct-map', before, machine)
    expect([64, 65].map((nr) => isSectionPresent(machine, sectionNr(nr)))).toEqual([true, false])
    const { start, end } = bytesOf(64, 65)
    expect(
      listLeaves(machine, { region: 'direct', offset: start, sizeBytes: end - start }),
    ).not.toEqual([])
    expect([statesOf(machine, [64, 65]), ramLines(machine)]).toEqual([
      ['-', '-'],
      ['00000000-0fffffff : System RAM'],
    ])
    expect(withFault(machine, 'none', add)).toBe('EEXIST')
  })

  test('failed-add-keeps-sections: the linear mapping goes, the first sections stay, and adding again meets them', () => {
    const machine = makeGuest({ arch: 'ppc64le', drivers: {}, ram: SMALL.ram ?? [] })
    const before = moment(machine)
    // A leaf of the memmap is 32 pages, for 128 sections. Tables take some of the rest: a second leaf finds no room.
    const hog = leaveFree(machine, 64)
    const range = bytesOf(8, 23, 256 * MIB)
    const add = (): void => addMemory(machine, { range, nodeId: nodeId(0) })
    expect(withFault(machine, 'none', add)).toBe('ENOMEM')
    release(machine, hog)
    expectOnly('failed-add-keeps-sections', before, machine)
    const isPresent = (nr: number): boolean => isSectionPresent(machine, sectionNr(nr))
    expect([128, 255, 256, 383].map(isPresent)).toEqual([true, true, false, false])
    const { start, end } = range
    expect(
      listLeaves(machine, { region: 'direct', offset: start, sizeBytes: end - start }),
    ).toEqual([])
    expect(withFault(machine, 'none', add)).toBe('EEXIST')
  })

  test('empty-top-tables: a PUD table that a failed add made stays', () => {
    const machine = makeGuest()
    const before = moment(machine)
    const far = (5 * TIB) / (128 * MIB)
    const add = (): void => addMemory(machine, { range: bytesOf(far, far + 7), nodeId: nodeId(0) })
    expect(withFault(machine, 'add/blocks', add)).toBe('ENOMEM')
    expectOnly('empty-top-tables', before, machine)
    add()
    checkInvariants(machine)
  })

  test('zone-after-failed-eject: movable blocks come back in Normal (spec 6.1.4)', () => {
    const rest = Object.fromEntries(numbers(33, 39).map((id) => [id, 'online_movable'] as const))
    const machine = withDevice({ 32: 'online_kernel', ...rest })
    placeUnmovablePage(machine, { range: blockRange(machine, blockId(32)) })
    const before = moment(machine)
    write(machine, EJECT, '1')
    expectOnly('zone-after-failed-eject', before, machine)
    expect(statesOf(machine, DEVICE)).toEqual(Array(8).fill('online'))
    expect(new Set(DEVICE.map((id) => readBlock(machine, id, 'valid_zones')))).toEqual(
      new Set(['Normal']),
    )
  })

  test('half-removed-device: its blocks are offline, bound as before, and can be ejected later', () => {
    const machine = withDevice({ 33: 'online_movable' })
    const before = moment(machine)
    expect(withFault(machine, 'remove/granularity', () => void unplug(machine, 'dimm'))).toBeNull()
    expectOnly('half-removed-device', before, machine)
    expect(statesOf(machine, DEVICE)).toEqual(Array(8).fill('offline'))
    unplug(machine, 'dimm')
    expect(statesOf(machine, DEVICE)).toEqual(Array(8).fill('-'))
  })

  test('firmware-map-numbers: go up with every device', () => {
    const machine = makeGuest()
    const before = moment(machine)
    plug(machine, { id: 'dimm', sizeBytes: GIB, node: 1 })
    unplug(machine, 'dimm')
    expectOnly('firmware-map-numbers', before, machine)
  })

  test('journal: a failed ejection leaves uevents, lines and reports, and nothing else', () => {
    const machine = withDevice({ 33: 'online_kernel', 34: 'online_kernel' })
    placeUnmovablePage(machine, { range: blockRange(machine, blockId(34)) })
    const { seqnum } = machine.state.journal
    const before = fingerprint(machine)
    write(machine, EJECT, '1')
    expect(ueventsSince(machine, seqnum)).toHaveLength(2)
    expect(machine.state.journal.platform.length).toBeGreaterThan(0)
    expect(fingerprint(machine)).toBe(before)
  })

  test.each<readonly [id: string, choice: Partial<FaultSweepOptions>]>([
    ['initialised-zone', { kernel: 'v3.10', operation: 'by probe', point: 'add/blocks' }],
    ['moved-zone-edge', { kernel: 'v3.10', operation: 'movable', point: 'online/notify' }],
    ['kept-memmap', { arch: 'ia64', operation: 'memory is added', point: 'add/blocks' }],
    ['kept-tables', { kernel: 'rfc9', operation: 'memory is added', point: 'add/zone' }],
    [
      'offline-after-failed-eject',
      { kernel: 'rfc9', operation: 'online blocks is ejected', point: 'offline/notify' },
    ],
    ['device-without-memory', { operation: 'is plugged', point: 'acpi/_STA' }],
    ['claimed-memory', { operation: 'is plugged', point: 'add/resource' }],
    ['pulled-out', { kernel: 'v3.10', operation: 'is ejected', point: 'remove/arch' }],
    [
      'assigned-storage',
      { arch: 's390x', kernel: 'v7.2', operation: 'is configured', point: 'sclp/assign-storage' },
    ],
    [
      'pending-request',
      { arch: 'ppc64le', operation: 'firmware asks for a device', point: 'offline/notify' },
    ],
    ['standing-request', { operation: 'asked for a block', point: 'virtio-mem/plug' }],
    ['device-without-driver', { operation: 'changing size is plugged', point: 'memory/group' }],
    ['stuck-memory', { operation: 'kmem lets a device go', point: 'remove/arch' }],
    ['known-name', { operation: 'kmem is told of a device', point: 'dax-kmem/data' }],
    ['held-connector', { arch: 'ppc64le', operation: 'an LMB is added', point: 'add/node' }],
    [
      'hosting-memory-stays',
      {
        arch: 'ppc64le',
        variant: 'radix, 4 KiB pages',
        operation: 'a device is plugged',
        point: 'memory/memmap',
      },
    ],
    [
      'struct-pages-elsewhere',
      {
        arch: 'ppc64le',
        variant: 'radix, 4 KiB pages',
        kernel: 'v7.3',
        operation: 'LMBs are removed by count',
        point: 'offline/migrate',
      },
    ],
  ])('%s: is what a point leaves', (id, choice) => {
    const variants: Record<string, string> = {
      ppc64le: 'radix',
      s390x: 'EDAT1',
      ia64: '16 KiB pages',
    }
    const variant = variants[choice.arch ?? ''] ?? 'four levels'
    const machine = { arch: 'x86_64', variant, kernel: 'v6.1' }
    const cases = [...sweepAll({ plugins: PLUGINS, ...machine, ...choice })]
    expect(cases.flatMap((each) => (each.kind === 'broken' ? [each.message] : []))).toEqual([])
    const left = cases.flatMap((each) => (each.kind === 'clean' ? each.left : []))
    expect(new Set(left).has(id)).toBe(true)
  })

  test('marked-page: a page of the kernel is poisoned where it is', () => {
    const machine = withDevice({ 33: 'online_kernel' })
    const page = placeUnmovablePage(machine, { range: blockRange(machine, blockId(33)) })
    const before = moment(machine)
    const address = `0x${((page ?? 0) * 4096).toString(16)}`
    const fail = (): Errno | null =>
      write(machine, '/sys/devices/system/memory/hard_offline_page', address)
    expect(fail()).toBe('EBUSY')
    expectOnly('marked-page', before, machine)
    expect(fail()).toBe('EHWPOISON')
  })

  test('failed-undo: a block that cannot come online again stays offline', () => {
    const machine = withDevice({})
    addMemory(machine, { range: bytesOf(64, 65), nodeId: nodeId(1) })
    for (const id of [64, 65]) writeState(machine, id, 'online_movable')
    const before = moment(machine)
    const heal = injectFault(machine, (point) =>
      ['remove/arch', 'online/notify'].includes(point)
        ? new HotplugError('FAULT_INJECTED', 'ENOMEM', point)
        : undefined,
    )
    expect(() => offlineAndRemoveMemory(machine, { range: bytesOf(64, 65) })).toThrow()
    heal()
    expectOnly('failed-undo', before, machine)
    expect(statesOf(machine, [64, 65])).toEqual(['offline', 'offline'])
  })

  test('not-added-again: of two LMBs the first is gone, and cannot be had back', () => {
    const machine = makeGuest({ arch: 'ppc64le', drivers: { pseries: { slots: 2 } } })
    plug(machine, { id: 'dimm', sizeBytes: GIB / 2, node: 1 })
    const before = moment(machine)
    let removals = 0
    const heal = injectFault(machine, (point) => {
      if (point === 'remove/arch') removals += 1
      const fails = point === 'add/arch' || (point === 'remove/arch' && removals === 2)
      return fails ? new HotplugError('FAULT_INJECTED', 'ENOMEM', point) : undefined
    })
    const first = `0x${(0x8000_0000 + 8).toString(16)}`
    expect(write(machine, '/sys/kernel/dlpar', `memory remove indexed-count 2 ${first}`)).toBe(
      'EINVAL',
    )
    heal()
    expectOnly('not-added-again', before, machine)
    expect(statesOf(machine, [8, 9])).toEqual(['-', 'offline'])
  })

  test('every entry has its test here, and every test its entry', async ({ task }) => {
    const titles = (task.suite?.tasks ?? []).map(({ name }) => name.split(':')[0])
    const ids = NOT_ROLLED_BACK.map(({ id }) => id)
    expect(titles.filter((title) => /^[a-z0-9-]+$/.test(title ?? '')).sort()).toEqual(ids.sort())
  })
})

describe('an add with too little memory', { timeout: 30_000 }, () => {
  const FREE = [0, 1, 2, 3, 4, 511, 512, 513, 514, 515, 600, 1023, 1024, 1025, 1026, 1030]

  test.each(FREE)('fails cleanly or succeeds with %i free pages', (pages) => {
    const machine = makeGuest({ ...SMALL, archOptions: { gbpages: false } })
    const before = moment(machine)
    const hog = leaveFree(machine, pages)
    const errno = withFault(machine, 'none', () =>
      addMemory(machine, { range: bytesOf(64, 65), nodeId: nodeId(0) }),
    )
    checkInvariants(machine)
    release(machine, hog)
    checkInvariants(machine)
    if (errno === null) return
    expect(errno).toBe('ENOMEM')
    if (fingerprint(machine) !== before.fingerprint)
      expectOnly('failed-add-keeps-direct-map', before, machine)
  })
})

/** Uses up all memory but a number of pages. @returns the owner that has it */
function leaveFree(machine: Machine, pages: number): number {
  let free = 0
  for (const zone of machine.state.memory.zones.values()) free += zone.free.freePages
  const request = {
    name: 'hog',
    kind: 'kernel',
    pageCount: free - pages,
    nodeId: nodeId(0),
  } as const
  return allocateTracked(machine, request).id
}

/** Gives back what `leaveFree` took, as if it had never been. */
function release(machine: Machine, hog: number): void {
  releaseAllocation(machine, hog)
  machine.state.memory.nextAllocationId = hog
}
