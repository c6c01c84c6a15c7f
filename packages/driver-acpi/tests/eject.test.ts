import { allocateTracked, driverOf, nodeId, platformOf, settle } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { acpiState, notifyDevice, setFirmware } from '../src'
import {
  eject,
  hotAddedStates,
  makeGuest,
  plug,
  readDevice,
  refuseBlocks,
  takeLog,
  takePlatformEvents,
  takeUevents,
  unplug,
} from './guest'

const online = (machine: ReturnType<typeof makeGuest>, block: number, word = 'online_movable') =>
  machine.tree.write(`/sys/devices/system/memory/memory${block}/state`, word)

function guestWithDimm(blocks: readonly number[] = [32, 33, 34, 35]) {
  const machine = makeGuest({ slots: 2 })
  plug(machine, 'dimm1')
  for (const block of blocks) online(machine, block)
  takeUevents(machine)
  takePlatformEvents(machine)
  takeLog(machine)
  return machine
}

describe('an ejection', () => {
  test('takes all blocks offline, removes them and reports, in this order', () => {
    const machine = guestWithDimm()
    unplug(machine, 'dimm1')
    expect(takeUevents(machine)).toEqual([
      ...[32, 33, 34, 35].map((id) => `offline ${id}`),
      ...[32, 33, 34, 35].map((id) => `remove ${id}`),
    ])
    expect(takePlatformEvents(machine)).toEqual([
      'OST dimm1 3 132',
      'DEVICE_DELETED dimm1',
      'OST - 3 0',
    ])
    expect(takeLog(machine)).toEqual([])
    expect(platformOf(machine).plugged(machine)).toEqual([])
    expect(driverOf(machine).devices(machine)).toEqual([])
    expect(machine.state.memory.groups.size).toBe(0)
    expect(readDevice(machine, 'PNP0C80:00', 'status')).toBe('0\n')
  })

  test('leaves the driver as it was before the device came', () => {
    const machine = makeGuest({ slots: 2 })
    const before = structuredClone(acpiState(machine))
    plug(machine, 'dimm1', { node: 1 })
    unplug(machine, 'dimm1')
    expect(acpiState(machine)).toEqual(before)
  })

  test('asked for by the eject file reports itself as a request of the system', () => {
    const machine = guestWithDimm([])
    expect(eject(machine, 'PNP0C80:00')).toBeUndefined()
    expect(takeUevents(machine)).toEqual([32, 33, 34, 35].map((id) => `remove ${id}`))
    expect(takePlatformEvents(machine)).toEqual([
      'OST dimm1 3 132',
      'DEVICE_DELETED dimm1',
      'OST - 259 0',
    ])
  })

  test.each([
    ['the first', [32], ['offline 33', 'offline 34', 'offline 35']],
    ['the last', [35], ['offline 32', 'offline 33', 'offline 34']],
    ['two', [32, 34], ['offline 33', 'offline 35']],
    ['every', [32, 33, 34, 35], []],
  ])('that %s block refuses puts the others online again', (_, refusing, offline) => {
    const machine = guestWithDimm()
    refuseBlocks(machine, refusing)
    unplug(machine, 'dimm1')
    const again = offline.map((event) => event.replace('offline', 'online'))
    expect(takeUevents(machine)).toEqual([...offline, ...again])
    expect(takePlatformEvents(machine)).toEqual(['OST dimm1 3 132', 'OST dimm1 3 130'])
    expect(takeLog(machine)).toContain(`memory memory${refusing[0]}: Offline failed.`)
    expect(hotAddedStates(machine)).toEqual([32, 33, 34, 35].map((id) => `${id} online`))
    expect(platformOf(machine).plugged(machine)).toHaveLength(1)
  })

  test('that fails leaves blocks offline that were so before', () => {
    const machine = guestWithDimm([33, 35])
    refuseBlocks(machine, [33])
    expect(eject(machine, 'PNP0C80:00')).toBeUndefined()
    expect(takeUevents(machine)).toEqual(['offline 35', 'online 35'])
    expect(takePlatformEvents(machine)).toEqual(['OST dimm1 3 132', 'OST dimm1 259 130'])
    expect(hotAddedStates(machine)).toEqual(['32 offline', '33 online', '34 offline', '35 online'])
  })

  test('takes a second pass, in which a block may go that refused in the first', () => {
    const machine = guestWithDimm()
    let refusals = 1
    machine.memoryChain.entries.push({
      name: 'once',
      priority: 0,
      notifier: (event) => (event === 'MEM_GOING_OFFLINE' && refusals-- > 0 ? 'EBUSY' : 'ok'),
    })
    unplug(machine, 'dimm1')
    expect(takeUevents(machine).slice(0, 4)).toEqual([33, 34, 35, 32].map((id) => `offline ${id}`))
    expect(takePlatformEvents(machine)).toContain('DEVICE_DELETED dimm1')
  })

  test('puts blocks online by the default rule, in whatever zone they were', () => {
    const machine = guestWithDimm()
    refuseBlocks(machine, [35])
    unplug(machine, 'dimm1')
    const zones = [32, 33, 34, 35].map((id) =>
      machine.tree.read(`/sys/devices/system/memory/memory${id}/valid_zones`).trim(),
    )
    expect(zones).toEqual(['Normal', 'Normal', 'Normal', 'Movable'])
  })

  test('whose re-onlining is refused leaves the block offline', () => {
    const machine = guestWithDimm()
    refuseBlocks(machine, [35])
    refuseBlocks(machine, [33], 'MEM_GOING_ONLINE')
    unplug(machine, 'dimm1')
    expect(takePlatformEvents(machine).at(-1)).toBe('OST dimm1 3 130')
    expect(hotAddedStates(machine)).toEqual(['32 online', '33 offline', '34 online', '35 online'])
  })
})

describe('an ejection that could go on for ever', () => {
  test('is refused, and the log says what the real kernel would do', () => {
    const machine = guestWithDimm()
    const zones = [...machine.state.memory.zones.values()]
    const free = zones.reduce((pages, zone) => pages + zone.free.freePages, 0)
    allocateTracked(machine, {
      name: 'file',
      kind: 'file',
      pageCount: free - 64,
      nodeId: nodeId(0),
    })
    unplug(machine, 'dimm1')
    expect(takePlatformEvents(machine)).toEqual(['OST dimm1 3 132', 'OST dimm1 3 130'])
    const log = takeLog(machine)
    expect(log.filter((line) => line.includes('real kernel would go on'))).not.toEqual([])
    expect(log.at(-1)).toMatch(/^memory memory\d+: Offline failed\.$/)
    expect(hotAddedStates(machine)).toEqual([32, 33, 34, 35].map((id) => `${id} online`))
  })
})

describe('the series of 2012', () => {
  test('makes one pass, stops at the first failure, and leaves blocks offline', () => {
    const machine = makeGuest({ slots: 2 }, { kernel: 'rfc9', config: { pageCgroup: false } })
    plug(machine, 'dimm1')
    for (const block of [32, 33, 34, 35]) online(machine, block, 'online')
    takeUevents(machine)
    takePlatformEvents(machine)
    const cure = refuseBlocks(machine, [34])
    unplug(machine, 'dimm1')
    expect(takeUevents(machine)).toEqual(['offline 32', 'offline 33'])
    expect(takePlatformEvents(machine)).toEqual(['OST dimm1 3 1'])

    cure()
    online(machine, 32, 'online')
    takeUevents(machine)
    unplug(machine, 'dimm1')
    expect(takeUevents(machine).slice(0, 4)).toEqual([
      'offline 32',
      'offline 34',
      'offline 35',
      'remove 32',
    ])
  })
})

describe('firmware that fails', () => {
  test.each([
    ['fails', 'ACPI: \\_SB_.MHPC.MP00: Eject failed (0x1)', 1],
    ['ignored', 'ACPI: \\_SB_.MHPC.MP00: Eject incomplete - status 0xf', 0],
  ] as const)(
    'with _EJ0 that %s leaves the device in its slot without memory',
    (ej0, line, status) => {
      const machine = guestWithDimm()
      setFirmware(machine, { device: 'PNP0C80:00', faults: { ej0 } })
      unplug(machine, 'dimm1')
      expect(takePlatformEvents(machine)).toEqual(['OST dimm1 3 132', `OST dimm1 3 ${status}`])
      expect(takeLog(machine)).toEqual([line])
      expect(hotAddedStates(machine)).toEqual([])
      expect(readDevice(machine, 'PNP0C80:00', 'status')).toBe('15\n')
      expect(eject(machine, 'PNP0C80:00')).toBe('ENODEV')
    },
  )

  test('can announce the device again, and the kernel takes it in again', () => {
    const machine = guestWithDimm()
    setFirmware(machine, { device: 'PNP0C80:00', faults: { ej0: 'fails' } })
    unplug(machine, 'dimm1')
    notifyDevice(machine, { device: 'PNP0C80:00', event: 'deviceCheck' })
    settle(machine)
    expect(hotAddedStates(machine)).toHaveLength(4)
    expect(acpiState(machine).devices[0]?.memory?.groupId).toBe(0)
  })

  test('without _EJ0 has no eject file, and cannot be ejected by a request', () => {
    const machine = guestWithDimm()
    setFirmware(machine, { device: 'PNP0C80:00', faults: { ej0: 'missing' } })
    expect(machine.tree.list('/sys/bus/acpi/devices/PNP0C80:00')).not.toContain('eject')
    unplug(machine, 'dimm1')
    expect(takePlatformEvents(machine)).toEqual(['OST dimm1 3 132', 'OST dimm1 3 1'])
    expect(takeLog(machine)).toEqual(['ACPI: \\_SB_.MHPC.MP00: No _EJ0 support for device'])
  })

  test('whose _STA fails after the ejection is only warned about', () => {
    const machine = guestWithDimm()
    setFirmware(machine, { device: 'PNP0C80:00', faults: { sta: 'fails' } })
    unplug(machine, 'dimm1')
    expect(takePlatformEvents(machine).at(-1)).toBe('OST - 3 0')
    expect(takeLog(machine)).toEqual([
      'ACPI: \\_SB_.MHPC.MP00: Status check after eject failed (0x1)',
    ])
  })
})
