// Patches 04, 06 and 07 of the series of 2012: the device goes with its memory, or stays with what is left of it.
import {
  driverOf,
  GIB,
  type Machine,
  MIB,
  platformOf,
  registerMemoryNotifier,
  settle,
} from '@memhp/core'
import { acpiState, notifyDevice, setFirmware } from '@memhp/driver-acpi'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { EJECT, makeGuest, numbers, plug, read, statesOf, unplug, write } from '../machines'
import {
  BLOCKS,
  bringOnline,
  each,
  makeOld,
  plugDevice,
  refuseOffline,
  watch,
  withDevice,
} from './machines'

const DEVICE = 'PNP0C80:00'
const directory = (name: string): string => `/sys/bus/acpi/devices/${name}`
const power = (machine: Machine) => acpiState(machine).devices[0]?.power

describe('an ejection that firmware asks for', () => {
  test('2012/I-07.1 2012/I-07.2: takes blocks, memory, and the ACPI device last, and says nothing', () => {
    const machine = withDevice('rfc9')
    const seen = watch(machine)
    unplug(machine, 'dimm')
    expect(seen.uevents()).toEqual([
      ...each('offline', BLOCKS),
      ...each('remove', BLOCKS),
      'remove node1',
      `remove ${DEVICE}`,
    ])
    expect(seen.osts()).toEqual([])
    expect(machine.tree.lookup(directory(DEVICE))).toBeUndefined()
    expect(driverOf(machine).devices(machine)).toEqual([])
    checkInvariants(machine)
  })

  test('2012/I-07.3 vector 8.5.1: a block that refuses ends it, with a failure of status 1 and the device bound', () => {
    const machine = withDevice('rfc9')
    const stubborn = new Set([9])
    refuseOffline(machine, stubborn)
    const seen = watch(machine)
    unplug(machine, 'dimm')
    expect(seen.uevents()).toEqual(['offline memory8'])
    expect(seen.osts()).toEqual([[3, 1]])
    expect(seen.log()).toContain('ACPI:memory_hp:Disable memory device')
    expect(statesOf(machine, BLOCKS)).toEqual(['offline', 'online', 'online', 'online'])
    expect(read(machine, `${directory(DEVICE)}/hid`)).toBe('PNP0C80')
    expect(driverOf(machine).devices(machine)).toMatchObject([{ ranges: [{ enabled: true }] }])

    stubborn.clear()
    const again = watch(machine)
    unplug(machine, 'dimm')
    expect(again.uevents().slice(0, 4)).toEqual([...each('offline', [9, 10, 11]), 'remove memory8'])
    checkInvariants(machine)
  })

  test('2012/I-04.5: that firmware does not carry out leaves an invalid device without memory, and silence', () => {
    for (const faults of [{ ej0: 'fails' }, { ej0: 'ignored' }, { sta: 'fails' }] as const) {
      const machine = withDevice('rfc9')
      setFirmware(machine, { device: DEVICE, faults })
      const seen = watch(machine)
      unplug(machine, 'dimm')
      expect(statesOf(machine, BLOCKS)).toEqual(Array(4).fill('-'))
      expect([power(machine), seen.osts()]).toEqual(['invalid', []])
      expect(read(machine, `${directory(DEVICE)}/hid`)).toBe('PNP0C80')
      checkInvariants(machine)
    }
  })

  test('a device that firmware did not let go is taken in again by the next check', () => {
    const machine = withDevice('rfc9')
    setFirmware(machine, { device: DEVICE, faults: { ej0: 'fails' } })
    unplug(machine, 'dimm')
    setFirmware(machine, { device: DEVICE, faults: {} })
    notifyDevice(machine, { device: DEVICE, event: 'deviceCheck' })
    settle(machine)
    expect(statesOf(machine, BLOCKS)).toEqual(Array(4).fill('offline'))
    expect(power(machine)).toBe('on')
    unplug(machine, 'dimm')
    expect(machine.tree.lookup(directory(DEVICE))).toBeUndefined()
  })
})

test('2012/I-01.3: with the first patch alone (D1) an ejection fails and takes nothing offline', () => {
  const machine = withDevice('rfc9', BLOCKS, { config: { pageCgroup: false }, defects: ['D1'] })
  const seen = watch(machine)
  unplug(machine, 'dimm')
  expect([seen.uevents(), seen.osts()]).toEqual([[], [[3, 1]]])
  expect(statesOf(machine, BLOCKS)).toEqual(Array(4).fill('online'))
})

describe('an ejection that the eject file asks for', () => {
  test('says that it began, takes the ACPI device before _EJ0, and says nothing more', () => {
    const machine = withDevice('rfc9')
    const seen = watch(machine)
    expect(write(machine, EJECT, '1')).toBeNull()
    expect(seen.osts()).toEqual([[0x103, 0x84]])
    expect(seen.uevents().at(-1)).toBe(`remove ${DEVICE}`)
    expect(platformOf(machine).plugged(machine)).toEqual([])
  })

  test('2012/I-04.1: is stopped by memory that stays online, with a failure', () => {
    const machine = withDevice('rfc9')
    refuseOffline(machine, new Set([10]))
    const seen = watch(machine)
    expect(write(machine, EJECT, '1')).toBeNull()
    expect(seen.osts()).toEqual([
      [0x103, 0x84],
      [0x103, 1],
    ])
    expect(platformOf(machine).plugged(machine)).toHaveLength(1)
  })

  test('2012/I-06.1: goes on to _EJ0 in 3.10, whose bus never hears of the failure', () => {
    const machine = withDevice('v3.10')
    refuseOffline(machine, new Set([10]))
    const seen = watch(machine)
    expect(write(machine, EJECT, '1')).toBeNull()
    expect(seen.osts()).toEqual([[0x103, 0x84]])
    expect(platformOf(machine).plugged(machine)).toEqual([])
    expect(statesOf(machine, BLOCKS)).toEqual(['offline', 'offline', 'online', 'offline'])
    expect(read(machine, '/proc/iomem')).toContain('40000000-5fffffff : System RAM')
  })

  test('of which _EJ0 fails is told as a failure, and the ACPI device is gone', () => {
    const machine = withDevice('rfc9')
    setFirmware(machine, { device: DEVICE, faults: { ej0: 'fails' } })
    const seen = watch(machine)
    write(machine, EJECT, '1')
    expect(seen.osts().at(-1)).toEqual([0x103, 1])
    expect(machine.tree.lookup(directory(DEVICE))).toBeUndefined()
  })

  test('vector 8.5.7: takes no text but one that begins with 1, and no device without a driver', () => {
    const machine = withDevice('rfc9')
    expect(write(machine, EJECT, '0')).toBe('EINVAL')
    write(machine, '/sys/bus/acpi/drivers/acpi_memhotplug/unbind', DEVICE)
    expect(write(machine, EJECT, '1')).toBe('ENODEV')
  })
})

test('2012/I-04.6: unbinding the driver removes no memory, and only the kernel forgets whose it is', () => {
  const machine = withDevice('rfc9')
  const seen = watch(machine)
  const unbind = '/sys/bus/acpi/drivers/acpi_memhotplug/unbind'
  expect(write(machine, unbind, `${DEVICE}\n`)).toBeNull()
  expect(statesOf(machine, BLOCKS)).toEqual(Array(4).fill('online'))
  expect(seen.uevents()).toEqual([])
  expect(driverOf(machine).devices(machine)).toEqual([])
  expect(write(machine, unbind, DEVICE)).toBe('ENODEV')
  checkInvariants(machine)
})

describe('a device of several ranges, there at boot', () => {
  const make = (): Machine =>
    makeGuest({
      kernel: 'rfc9',
      config: { pageCgroup: false },
      ram: [{ start: 0, end: GIB, node: 0 }],
      drivers: {
        acpi: {
          devices: [
            {
              node: 1,
              ranges: [
                { start: GIB, end: GIB + 256 * MIB },
                { start: 2 * GIB, end: 2 * GIB + 256 * MIB },
              ],
            },
          ],
        },
      },
    })
  const check = (machine: Machine): void => {
    notifyDevice(machine, { device: DEVICE, event: 'deviceCheck' })
    settle(machine)
  }
  const IDS = [8, 9, 16, 17]

  test('is bound, and its memory is added by the next check', () => {
    const machine = make()
    expect(statesOf(machine, IDS)).toEqual(Array(4).fill('-'))
    check(machine)
    expect(statesOf(machine, IDS)).toEqual(Array(4).fill('offline'))
    const seen = watch(machine)
    check(machine)
    expect([seen.uevents(), seen.osts()]).toEqual([[], [[1, 0]]])
  })

  test('2012/I-04.4: after a failure, ranges not reached stay enabled, and the next ejection resumes there', () => {
    const machine = make()
    check(machine)
    bringOnline(machine, IDS)
    const stubborn = new Set([17])
    refuseOffline(machine, stubborn)
    const seen = watch(machine)
    notifyDevice(machine, { device: DEVICE, event: 'ejectRequest' })
    settle(machine)
    expect(seen.uevents()).toEqual([
      ...each('offline', [8, 9]),
      ...each('remove', [8, 9]),
      'offline memory16',
    ])
    const [device] = driverOf(machine).devices(machine)
    expect(device?.ranges).toEqual([{ start: 2 * GIB, end: 2 * GIB + 256 * MIB, enabled: true }])
    expect(power(machine)).toBe('on')

    stubborn.clear()
    const again = watch(machine)
    notifyDevice(machine, { device: DEVICE, event: 'ejectRequest' })
    settle(machine)
    expect(again.uevents()).toEqual([
      'offline memory17',
      ...each('remove', [16, 17]),
      'remove node1',
      `remove ${DEVICE}`,
    ])
    checkInvariants(machine)
  })
})

test('memory that others added is left to them: the device is not bound, and a check fails', () => {
  const machine = makeOld('rfc9', { config: { pageCgroup: false } })
  write(machine, '/sys/devices/system/memory/probe', '0x40000000')
  const seen = watch(machine)
  plug(machine, { id: 'dimm', sizeBytes: 128 * MIB, node: 1 })
  expect(seen.osts()).toEqual([[1, 1]])
  expect(seen.log()).toEqual([
    'System RAM resource [mem 0x40000000-0x47ffffff] cannot be added',
    'ACPI:memory_hp:add_memory failed',
    'ACPI:memory_hp:Error in acpi_memory_enable_device',
    'ACPI:memory_hp:Cannot find driver data',
  ])
  expect(write(machine, EJECT, '1')).toBe('ENODEV')
})

test('numbers of ACPI devices are never used again', () => {
  const machine = makeOld('rfc9')
  for (const number of numbers(0, 2)) {
    plugDevice(machine)
    expect(machine.tree.lookup(directory(`PNP0C80:0${number}`))).toBeDefined()
    unplug(machine, 'dimm')
  }
})

describe('page_cgroup tables of an ejected device', () => {
  const cgroups = { config: { pageCgroup: true } }
  const states = (kernel: string, online: readonly number[]): readonly string[] => {
    const machine = withDevice(kernel, online, cgroups)
    unplug(machine, 'dimm')
    return statesOf(machine, BLOCKS)
  }
  const GONE = Array(4).fill('-')

  test('vector 8.4: a star stops one ascending pass at once, and goes in two', () => {
    expect(states('rfc9', BLOCKS)).toEqual(Array(4).fill('online'))
    expect(states('v3.10', BLOCKS)).toEqual(GONE)
  })

  test('vector 8.4: blocks that came online from the highest down go in one pass', () => {
    expect(states('rfc9', BLOCKS.toReversed())).toEqual(GONE)
    expect(states('v3.10', BLOCKS.toReversed())).toEqual(GONE)
  })

  test('vector 8.4: a chain stops one pass at once, and two passes free two blocks', () => {
    // Each block waits for the one above it.
    const chained = (kernel: string): readonly string[] => {
      const machine = withDevice(kernel)
      const waiting = new Set([8, 9, 10])
      refuseOffline(machine, waiting)
      registerMemoryNotifier(machine.memoryChain, {
        name: 'chain',
        priority: 0,
        notifier: (event, { startPfn }) => {
          const id = startPfn / machine.geometry.pagesPerBlock
          if (event === 'MEM_OFFLINE') waiting.delete(id - 1)
          return 'ok'
        },
      })
      unplug(machine, 'dimm')
      return statesOf(machine, BLOCKS)
    }
    expect(chained('rfc9')).toEqual(Array(4).fill('online'))
    expect(chained('v3.10')).toEqual(['online', 'online', 'offline', 'offline'])
  })

  test('vector 8.4: without dependencies one pass is enough', () => {
    const machine = withDevice('rfc9')
    unplug(machine, 'dimm')
    expect(statesOf(machine, BLOCKS)).toEqual(GONE)
  })
})
