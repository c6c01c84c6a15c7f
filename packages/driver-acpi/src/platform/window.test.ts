import { GIB, MIB } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { deviceWindow } from './window'

const mib = (start: number, end: number) => ({ start: start * MIB, end: end * MIB })

describe('the window for memory devices', () => {
  const follows = { start: null, end: null, alignmentBytes: 2 * MIB }
  const addressLimit = 2 ** 46
  const lowestAddress = 4 * GIB
  const unitBytes = GIB

  test.each([
    ['no memory reaches 4 GiB', [mib(0, 1024)], 4096],
    ['memory ends between two GiB boundaries', [mib(0, 2048), mib(4096, 6000)], 6144],
    ['memory ends at a GiB boundary', [mib(0, 2048), mib(4096, 7168)], 7168],
  ])('where %s', (_, ram, startMib) => {
    const window = deviceWindow(follows, { ram, addressLimit, lowestAddress, unitBytes })
    expect(window).toEqual({ start: startMib * MIB, end: addressLimit })
  })

  test('begins right above memory where nothing else is below 4 GiB', () => {
    const window = deviceWindow(follows, {
      ram: [mib(1024, 1792)],
      addressLimit,
      lowestAddress: 0,
      unitBytes,
    })
    expect(window.start).toBe(2 * GIB)
  })

  test('begins behind memory, rounded up no further than QEMU does', () => {
    const facts = { ram: [mib(0, 256), mib(2048, 2816)], addressLimit, lowestAddress: 0 }
    const window = deviceWindow(follows, { ...facts, unitBytes: 2 * MIB })
    expect(window.start).toBe(2816 * MIB)
  })

  test('is what the configuration says', () => {
    const configured = { start: GIB, end: 3 * GIB, alignmentBytes: 2 * MIB }
    const window = deviceWindow(configured, { ram: [], addressLimit, lowestAddress, unitBytes })
    expect(window).toEqual({ start: GIB, end: 3 * GIB })
  })
})
