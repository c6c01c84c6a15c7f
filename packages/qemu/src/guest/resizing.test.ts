import type { TraceResizable } from '@memhp/trace'
import { describe, expect, test } from 'vitest'
import type { QmpEvent } from '../qmp/events'
import { announcesSize, isResizing, type SizesSeen, settledOf, toldOfSizes } from './resizing'

const MIB = 2 ** 20
const device = (mib: number, requested = mib): TraceResizable => [
  ...(['vm0', 0, mib * MIB, requested * MIB] as const),
  ...([1024 * MIB, 2 * MIB, 0] as const),
]
const told = (mib: number): QmpEvent => ({
  event: 'MEMORY_DEVICE_SIZE_CHANGE',
  data: { id: 'vm0', size: mib * MIB },
  timestamp: { seconds: 0, microseconds: 0 },
})
const seen = (more: Partial<SizesSeen> = {}): SizesSeen => ({
  uevents: [],
  events: [],
  sizes: new Map([['vm0', 128 * MIB]]),
  wasBusy: false,
  ...more,
})

describe('a request', () => {
  const request = { op: 'request', id: 'vm0', kib: 256 * 1024 } as const

  test.each([
    ['nothing happened', {}, false],
    ['the driver worked', { wasBusy: true }, true],
    ['QEMU told of a size', { events: [told(130)] }, true],
    ['the device has that size', { sizes: new Map([['vm0', 256 * MIB]]) }, true],
  ])('is received or not: %s', (_, more, is) => {
    expect(announcesSize(request, seen(more))).toBe(is)
  })

  test('is reached, or fell short', () => {
    expect(settledOf(request, [device(256)])).toBe('reached')
    expect(settledOf(request, [device(200, 256)])).toBe('short')
    expect(settledOf(request, [])).toBeUndefined()
    expect(settledOf({ op: 'unplug', id: 'vm0' }, [device(256)])).toBeUndefined()
  })
})

test('a device that is plugged is bound first, then grows', () => {
  const plug = { op: 'plugv', id: 'v1', max_mib: 512, node: 0 } as const
  const uevents = [
    { action: 'bind', devpath: '/devices/pci', subsystem: 'pci', seqnum: 1, fields: {} },
  ]
  expect(announcesSize(plug, seen())).toBe(false)
  expect(announcesSize(plug, seen({ uevents }))).toBe(true)
  expect(announcesSize({ ...plug, requested_mib: 64 }, seen({ uevents }))).toBe(false)
  const events = [told(64)]
  expect(announcesSize({ ...plug, requested_mib: 64 }, seen({ uevents, events }))).toBe(true)
})

test('the driver works in the freezable queue', () => {
  expect(isResizing(['kworker/0:1+events_freezable'])).toBe(true)
  expect(isResizing(['kworker/0:1+kacpi_hotplug'])).toBe(false)
})

test('the last size is waited for, and nothing where it stayed', async () => {
  const events: QmpEvent[] = [told(130)]
  const { sizes } = seen()
  await toldOfSizes({ events: [], sizes }, [device(128)])
  setTimeout(() => events.push(told(256)), 120)
  await toldOfSizes({ events, sizes }, [device(256)])
  expect(events).toHaveLength(2)
})
