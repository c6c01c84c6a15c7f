import { GIB, MIB } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { memoryBlockSizeBytes } from './block-size'

/** A q35 guest: 2 GiB below the hole, the rest from 4 GiB. */
const endingAt = (end: number): { ram: { start: number; end: number; node: number }[] } => ({
  ram: [
    { start: 0, end: 2 * GIB, node: 0 },
    { start: 4 * GIB, end, node: 0 },
  ],
})

describe('memory block size', () => {
  test.each([
    ['2 GiB', 6 * GIB, 128 * MIB],
    ['the last below 64 GiB', 64 * GIB - 2 * MIB, 128 * MIB],
    ['exactly 64 GiB', 64 * GIB, 2 * GIB],
    ['66 GiB: q35 with 64 GiB', 66 * GIB, 2 * GIB],
    ['65 GiB: i440fx with 64 GiB', 65 * GIB, GIB],
    ['64.5 GiB', 64.5 * GIB, 512 * MIB],
    ['64.25 GiB', 64.25 * GIB, 256 * MIB],
    ['65 GiB and 128 MiB', 65 * GIB + 128 * MIB, 128 * MIB],
  ])('of a guest whose memory ends at %s', (_, end, size) => {
    expect(memoryBlockSizeBytes(endingAt(end), { hypervisor: true })).toBe(size)
  })

  test('is 2 GiB on metal from 64 GiB up', () => {
    const options = { hypervisor: false }
    expect(memoryBlockSizeBytes(endingAt(65 * GIB + 128 * MIB), options)).toBe(2 * GIB)
    expect(memoryBlockSizeBytes(endingAt(63 * GIB), options)).toBe(128 * MIB)
  })
})
