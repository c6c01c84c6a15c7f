import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { type Guest, type QmpEvent, startGuest } from '../src/index'
import { guestTest, whyNoGuest } from './real-guest'

// Software emulation on a busy machine is slow; a few seconds are usual.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const MEMORY = '/sys/devices/system/memory'
const MIB = 2 ** 20
const missing = await whyNoGuest('x86_64')
const missingPower = await whyNoGuest('ppc64le-radix')

describe('the monitor of a guest on x86_64 with virtio-mem and a balloon', () => {
  const device = '/machine/peripheral/vmem0'
  let guest: Guest

  beforeAll(async () => {
    if (missing !== undefined) return
    guest = await startGuest({
      machine: 'x86_64',
      memory: { nodes: [{ mib: 512 }], slots: 2, maxMib: 4096 },
      modules: ['virtio_pci', 'virtio_mem', 'virtio_balloon'],
      qemuArguments: [
        ...['-object', 'memory-backend-ram,id=vmem0-ram,size=1G'],
        ...['-device', 'virtio-mem-pci,id=vmem0,memdev=vmem0-ram,requested-size=0'],
        ...['-device', 'virtio-balloon-pci,id=balloon0'],
      ],
    })
  })
  afterAll(() => guest?.stop())

  /** Asks for a size of the virtio-mem device and waits until it has it. */
  async function resize(sizeBytes: number): Promise<QmpEvent<'MEMORY_DEVICE_SIZE_CHANGE'>> {
    const { qmp } = guest
    const changed = qmp.waitForEvent(
      'MEMORY_DEVICE_SIZE_CHANGE',
      ({ data }) => data.size === sizeBytes,
    )
    const request = { path: device, property: 'requested-size', value: sizeBytes }
    await qmp.execute('qom-set', request)
    return changed
  }

  const sizeOf = async (): Promise<unknown> =>
    guest.qmp.execute('qom-get', { path: device, property: 'size' })

  guestTest(missing, 'grows and shrinks a virtio-mem device', async () => {
    const { qmp, tree } = guest
    await tree.write(`${MEMORY}/auto_online_blocks`, 'online_movable')
    const before = await tree.list(MEMORY)

    const grown = await resize(256 * MIB)
    expect(grown.data).toMatchObject({ id: 'vmem0', 'qom-path': device })
    expect(await sizeOf()).toBe(256 * MIB)
    const [held] = await qmp.execute('query-memory-devices')
    expect(held).toMatchObject({
      type: 'virtio-mem',
      data: { 'requested-size': 256 * MIB, size: 256 * MIB, 'max-size': 1024 * MIB },
    })
    expect((await qmp.execute('query-memory-size-summary'))['plugged-memory']).toBe(256 * MIB)
    const added = (await tree.list(MEMORY)).filter((name) => !before.includes(name))
    expect(added).toHaveLength(2)

    await resize(0)
    expect(await sizeOf()).toBe(0)
    await vi.waitFor(async () => expect(await tree.list(MEMORY)).toEqual(before))
  })

  guestTest(missing, 'inflates a balloon', async () => {
    const { qmp } = guest
    expect(await qmp.execute('query-balloon')).toEqual({ actual: 512 * MIB })
    const inflated = qmp.waitForEvent('BALLOON_CHANGE', ({ data }) => data.actual === 448 * MIB)
    await qmp.execute('balloon', { value: 448 * MIB })
    await inflated
    expect(await qmp.execute('query-balloon')).toEqual({ actual: 448 * MIB })
  })

  guestTest(missing, 'tells slots, processors, its version and its commands', async () => {
    const { qmp } = guest
    await guest.plug({ id: 'dimm1', mib: 128 })
    expect(await qmp.execute('query-acpi-ospm-status')).toEqual([
      { device: 'dimm1', slot: '0', 'slot-type': 'DIMM', source: 1, status: 0 },
      { slot: '1', 'slot-type': 'DIMM', source: 0, status: 0 },
      { slot: '0', 'slot-type': 'CPU', source: 0, status: 0 },
    ])
    expect(await qmp.execute('query-hotpluggable-cpus')).toMatchObject([
      { type: 'max-x86_64-cpu', 'vcpus-count': 1, 'qom-path': expect.any(String) },
    ])
    expect(await qmp.execute('query-version')).toEqual(qmp.greeting.version)
    const commands = (await qmp.execute('query-commands')).map(({ name }) => name)
    expect(commands).toContain('query-memory-devices')
    expect(await qmp.execute('human-monitor-command', { 'command-line': 'info name' })).toBe('')
  })
})

describe('the monitor of a guest on Power', () => {
  let guest: Guest

  beforeAll(async () => {
    if (missingPower !== undefined) return
    guest = await startGuest({
      machine: 'ppc64le-radix',
      memory: { nodes: [{ mib: 1024 }], slots: 2, maxMib: 4096 },
      modules: ['memory_notifier_error_inject'],
    })
  })
  afterAll(() => guest?.stop())

  guestTest(missingPower, 'tells by both events that the guest keeps a DIMM', async () => {
    await guest.plug({ id: 'dimm1', mib: 512 })
    // The kernel tells of a refusal only if a block before the refused one had gone.
    await guest.write(`${MEMORY}/memory4/state`, 'offline')
    await guest.inject({ event: 'MEM_GOING_OFFLINE', errno: -16 })
    const refused = await guest.unplug('dimm1')
    expect(refused.result.devices).toHaveLength(1)
    const told = new Map(refused.qmp.map(({ event, data }) => [event, data]))
    expect(told).toEqual(
      new Map([
        ['MEM_UNPLUG_ERROR', { device: 'dimm1', msg: expect.stringContaining('rejected') }],
        ['DEVICE_UNPLUG_GUEST_ERROR', { device: 'dimm1', path: '/machine/peripheral/dimm1' }],
      ]),
    )
  })

  guestTest(missingPower, 'tells that the guest has panicked', async () => {
    const panicked = guest.qmp.waitForEvent('GUEST_PANICKED')
    const crash = expect(guest.run('echo c >/proc/sysrq-trigger')).rejects.toThrow(
      'the guest has ended',
    )
    expect((await panicked).data.action).toBe('poweroff')
    await crash
    expect((await guest.process.exited).shutdown).toEqual({ guest: true, reason: 'guest-panic' })
  })
})
