// The driver of virtio-mem comes and goes, is refused by others, and tries again. Source: guests of Linux 6.1.192, 6.12 and 7.3.4.
import {
  blockId,
  type ErrorCode,
  expireTimers,
  fingerprint,
  GIB,
  type Machine,
  MIB,
  offlineBlock,
  onlineBlock,
  resizableDevices,
  resizableOf,
  settle,
} from '@memhp/core'
import { findBlock, injectFault } from '@memhp/core/inspect'
import { loadModule, unloadModule, virtioMemState } from '@memhp/driver-virtio-mem'
import { checkInvariants } from '@memhp/invariants'
import { injected } from '@memhp/trace'
import { describe, expect, test } from 'vitest'
import { pluggedMib, requestMib, virtioGuest } from './virtio-guest'

interface Asked {
  readonly kernel?: string
  readonly requested?: number
  readonly ports?: boolean
}

function guest({ kernel = 'v6.1', requested = 0, ports = false }: Asked = {}): Machine {
  const device = { id: 'vm0', maxBytes: GIB, requestedBytes: requested * MIB }
  const config = { devices: ports ? [] : [device], ports: [{ name: 'rp0' }] }
  const machine = virtioGuest({ kernel, autoOnlineBlocks: 'online_movable', config })
  if (ports) resizableOf(machine).plug(machine, { ...device, node: 0 })
  settle(machine)
  return machine
}

function resize(machine: Machine, mib: number): void {
  requestMib(machine, mib)
  sound(machine)
}

function sound(machine: Machine): void {
  checkInvariants(machine)
  for (const driver of machine.drivers) driver.check?.(machine)
}

const DRIVER = '/sys/bus/virtio/drivers/virtio_mem'

function write(machine: Machine, file: 'bind' | 'unbind', text = 'virtio0\n'): void {
  machine.tree.write(`${DRIVER}/${file}`, text)
  settle(machine)
  sound(machine)
}

const blocksOf = (machine: Machine): readonly string[] =>
  [32, 33, 34, 35].flatMap((id) => {
    const block = findBlock(machine, blockId(id))
    return block === undefined ? [] : [`${id} ${block.state} ${block.withheldPages}`]
  })

const iomemOf = (machine: Machine): readonly string[] =>
  machine.tree
    .read('/proc/iomem')
    .split('\n')
    .filter((line) => line.includes('virtio'))

const said = (machine: Machine, count: number): readonly string[] =>
  machine.state.journal.log.slice(-count).map(({ text }) => text)

const refusal = (code: ErrorCode, errno: string) => expect.objectContaining({ code, errno })

const RELOADING = [
  'virtio_mem virtio0: could not reserve device region',
  'virtio_mem virtio0: reloading the driver is not supported',
]

describe('a driver that lets a device go', () => {
  test('leaves nothing where no memory of it is added, and may take it again', () => {
    const machine = guest()
    const before = fingerprint(machine)
    write(machine, 'unbind')
    expect(iomemOf(machine)).toEqual([])
    expect(machine.state.memory.groups.size).toBe(0)
    expect(() => write(machine, 'unbind')).toThrow(refusal('NO_SUCH_DEVICE', 'ENODEV'))
    write(machine, 'bind', 'virtio0')
    expect(fingerprint(machine)).toBe(before)
    expect(() => write(machine, 'bind')).toThrow(refusal('DEVICE_BOUND', 'EBUSY'))
  })

  test.each(['virtio9', 'virtio0\n\n', ' virtio0'])('knows no device %j', (text) => {
    const machine = guest()
    for (const file of ['bind', 'unbind'] as const)
      expect(() => write(machine, file, text)).toThrow(refusal('NO_SUCH_DEVICE', 'ENODEV'))
  })

  test('leaves memory and region where they are, does what is asked no more, and is not taken back', () => {
    const machine = guest({ requested: 300 })
    offlineBlock(machine, blockId(33))
    write(machine, 'unbind')
    expect(said(machine, 1)).toEqual(['virtio_mem virtio0: device still has system memory added'])
    resize(machine, 100)
    expect(pluggedMib(machine)).toBe(300)
    expect(blocksOf(machine)).toEqual(['32 online 0', '33 offline 0', '34 online 21504'])
    expect(iomemOf(machine)).toEqual([
      '100000000-13fffffff : virtio0',
      '  100000000-117ffffff : System RAM (virtio_mem)',
    ])
    expect(() => write(machine, 'bind')).toThrow(refusal('RESOURCE_BUSY', 'EBUSY'))
    expect(said(machine, 3)).toEqual([
      ...RELOADING,
      'virtio_mem: probe of virtio0 failed with error -16',
    ])
  })

  test('leaves full blocks to the user, and none that was plugged in part goes offline', () => {
    const machine = guest({ requested: 300 })
    write(machine, 'unbind')
    offlineBlock(machine, blockId(32))
    onlineBlock(machine, blockId(32), 'online_movable')
    expect(() => offlineBlock(machine, blockId(34))).toThrow(refusal('NOTIFIER_REFUSED', 'EBUSY'))
    expect(blocksOf(machine)).toEqual(['32 online 0', '33 online 0', '34 online 21504'])
    sound(machine)
  })

  test('takes offline blocks along that are plugged in part; what was plugged of them is unplugged as it comes back', () => {
    const machine = guest({ requested: 100 })
    offlineBlock(machine, blockId(32))
    write(machine, 'unbind')
    expect(blocksOf(machine)).toEqual([])
    expect(iomemOf(machine)).toEqual([])
    expect(pluggedMib(machine)).toBe(100)
    write(machine, 'bind')
    expect(
      machine.state.journal.log.some(({ text }) =>
        text.endsWith('unplugging all memory is required'),
      ),
    ).toBe(true)
    expect(machine.state.journal.platform.map(({ data }) => data.size)).toContain(0)
    expect(blocksOf(machine)).toEqual(['32 online 7168'])
  })

  test('is told of by the bus', () => {
    const machine = guest({ ports: true, requested: 128 })
    const before = machine.state.journal.uevents.length
    unloadModule(machine)
    loadModule(machine)
    const device = '/devices/pci0000:00/0000:00:01.0/0000:01:00.0/virtio0'
    const module = ['/bus/virtio/drivers/virtio_mem drivers', '/module/virtio_mem module']
    expect(
      machine.state.journal.uevents
        .slice(before)
        .map(({ action, devpath, subsystem }) => `${action} ${devpath} ${subsystem}`),
    ).toEqual([
      `unbind ${device} virtio`,
      ...module.map((each) => `remove ${each}`),
      ...module.map((each) => `add ${each}`),
    ])
  })
})

describe('a module that is taken out', () => {
  test('takes its directory along; devices that are plugged meanwhile wait for it', () => {
    const machine = guest()
    unloadModule(machine)
    expect(machine.tree.list('/sys/bus/virtio/drivers')).toEqual([])
    expect(machine.tree.lookup(`${DRIVER}/bind`)).toBeUndefined()
    resizableOf(machine).plug(machine, {
      id: 'vm1',
      maxBytes: GIB,
      node: 0,
      requestedBytes: 128 * MIB,
    })
    settle(machine)
    expect(iomemOf(machine)).toEqual([])
    loadModule(machine)
    settle(machine)
    sound(machine)
    expect(iomemOf(machine)).toEqual([
      '100000000-13fffffff : virtio0',
      '140000000-17fffffff : virtio1',
      '  140000000-147ffffff : System RAM (virtio_mem)',
    ])
  })

  test('comes back without the devices whose memory it left', () => {
    const machine = guest({ requested: 128, kernel: 'v7.3' })
    unloadModule(machine)
    unloadModule(machine)
    loadModule(machine)
    expect(said(machine, 3)).toEqual([
      ...RELOADING,
      'virtio_mem virtio0: probe with driver virtio_mem failed with error -16',
    ])
    expect(resizableDevices(machine)[0]?.name).toBeNull()
    expect(blocksOf(machine)).toEqual(['32 online 0'])
  })

  test('is none of kernels before it', () => {
    const machine = guest({ kernel: 'v3.10', requested: 128 })
    loadModule(machine)
    settle(machine)
    expect(machine.tree.lookup('/sys/bus/virtio')).toBeUndefined()
    expect(pluggedMib(machine)).toBe(0)
  })
})

describe('blocks that are emptied and vetoed', () => {
  const veto = (machine: Machine, errno: number): void =>
    machine.tree.write(
      '/sys/kernel/debug/notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error',
      String(errno),
    )
  const EMPTIED = ['32 online 32768', '33 online 32768']

  function vetoed(kernel: string): Machine {
    const machine = guest({ kernel, requested: 256 })
    veto(machine, -16)
    resize(machine, 0)
    expect(pluggedMib(machine)).toBe(0)
    expect(blocksOf(machine)).toEqual(EMPTIED)
    veto(machine, 0)
    return machine
  }

  test('stay with Linux 6.1, and are filled again', () => {
    const machine = vetoed('v6.1')
    expect(expireTimers(machine)).toBe(false)
    resize(machine, 64)
    expect(blocksOf(machine)).toEqual(['32 online 16384', '33 online 32768'])
    resize(machine, 0)
    expect(blocksOf(machine)).toEqual([])
  })

  test.each(['v6.12', 'v7.3'])('go with %s as the timer runs out', (kernel) => {
    const machine = vetoed(kernel)
    expect(expireTimers(machine)).toBe(true)
    settle(machine)
    expect(blocksOf(machine)).toEqual([])
    expect(expireTimers(machine)).toBe(false)
  })

  test('go with v7.3 before anything is plugged', () => {
    const machine = vetoed('v7.3')
    const before = machine.state.journal.uevents.length
    resize(machine, 64)
    expect(blocksOf(machine)).toEqual(['32 online 16384'])
    expect(machine.state.journal.uevents.slice(before).map(({ action }) => action)).toEqual([
      ...['offline', 'remove', 'offline', 'remove', 'add', 'online'],
    ])
  })
})

test('a block that is online is unplugged from its end', () => {
  const machine = guest({ requested: 128 })
  resize(machine, 100)
  const [device] = virtioMemState(machine).devices
  expect(device?.plugged.ranges).toEqual([{ start: 4 * GIB, end: 4 * GIB + 100 * MIB }])
})

test('unplugging ends as memory runs out, and is tried again', () => {
  const machine = guest({ requested: 256 })
  let tries = 0
  const heal = injectFault(machine, (passed) => {
    if (passed !== 'virtio-mem/take-range') return undefined
    tries += 1
    return injected(passed, 'ENOMEM')
  })
  resize(machine, 0)
  expect(tries).toBe(1)
  heal()
  expect(expireTimers(machine)).toBe(true)
  settle(machine)
  expect(pluggedMib(machine)).toBe(0)
})

describe('a hypervisor that is busy', () => {
  const busyAt = (machine: Machine, point: string) =>
    injectFault(machine, (passed) => (passed === point ? injected(point, 'EBUSY') : undefined))

  test('is asked again when the timer runs out, to plug', () => {
    const machine = guest()
    const heal = busyAt(machine, 'virtio-mem/plug')
    resize(machine, 200)
    expect(pluggedMib(machine)).toBe(0)
    heal()
    settle(machine)
    expect(pluggedMib(machine)).toBe(0)
    expireTimers(machine)
    settle(machine)
    expect(pluggedMib(machine)).toBe(200)
  })

  test('is asked again, to unplug; what was taken is given back until then', () => {
    const machine = guest({ requested: 200 })
    const heal = busyAt(machine, 'virtio-mem/unplug')
    resize(machine, 0)
    expect(pluggedMib(machine)).toBe(200)
    expect(blocksOf(machine)).toEqual(['32 online 0', '33 online 14336'])
    heal()
    expireTimers(machine)
    settle(machine)
    sound(machine)
    expect(blocksOf(machine)).toEqual([])
  })

  test('leaves a movable range that is refused to be tried five times, one of a kernel zone once', () => {
    const tries = { online_movable: 0, online_kernel: 0 }
    for (const type of ['online_movable', 'online_kernel'] as const) {
      const machine = guest({ requested: 128 })
      offlineBlock(machine, blockId(32))
      onlineBlock(machine, blockId(32), type)
      settle(machine)
      injectFault(machine, (passed) => {
        if (passed !== 'virtio-mem/take-range') return undefined
        tries[type] += 1
        return injected(passed, 'EBUSY')
      })
      resize(machine, 126)
      expect(pluggedMib(machine)).toBe(128)
    }
    expect(tries).toEqual({ online_movable: 64 * 5, online_kernel: 64 })
  })
})

test('a memory group that is refused leaves no region', () => {
  const machine = guest()
  unloadModule(machine)
  const heal = injectFault(machine, (passed) =>
    passed === 'memory/group' ? injected(passed, 'ENOMEM') : undefined,
  )
  loadModule(machine)
  heal()
  expect(iomemOf(machine)).toEqual([])
  expect(said(machine, 1)).toEqual(['virtio_mem: probe of virtio0 failed with error -12'])
  write(machine, 'bind')
  expect(iomemOf(machine)).toEqual(['100000000-13fffffff : virtio0'])
})
