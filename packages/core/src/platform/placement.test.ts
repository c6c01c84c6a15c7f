import { describe, expect, test } from 'vitest'
import { MIB } from '../address/units'
import { checkAddress, type Placement, placeFirstFit } from './placement'

const mib = (start: number, end: number) => ({ start: start * MIB, end: end * MIB })
const placement = (...taken: { start: number; end: number }[]): Placement => ({
  windows: [mib(4096, 8192)],
  alignmentBytes: 2 * MIB,
  taken,
})

describe('first fit', () => {
  test.each([
    ['the start of an empty window', placement(), 128, 4096],
    ['the end of what is taken', placement(mib(4096, 4224)), 128, 4224],
    ['a gap that fits exactly', placement(mib(4352, 4480), mib(4096, 4224)), 128, 4224],
    ['behind a gap that is too small', placement(mib(4352, 4480), mib(4096, 4224)), 256, 4480],
    ['an aligned address behind an odd end', placement(mib(4096, 4097)), 128, 4098],
    ['the last bytes of the window', placement(mib(4096, 8064)), 128, 8064],
    ['the start again when what was taken is below it', placement(mib(0, 1024)), 4096, 4096],
  ])('takes %s', (_, where, sizeMib, startMib) => {
    expect(placeFirstFit(where, sizeMib * MIB)).toBe(startMib * MIB)
  })

  test('refuses what fits nowhere', () => {
    const error = expect.objectContaining({ code: 'NO_ADDRESS_SPACE', errno: 'ENOSPC' })
    expect(() => placeFirstFit(placement(), 4097 * MIB)).toThrow(error)
    expect(() => placeFirstFit(placement(mib(6144, 6272)), 2049 * MIB)).toThrow(error)
  })
})

describe('two windows', () => {
  const two = { ...placement(mib(4096, 8000)), windows: [mib(4096, 8192), mib(10_000, 10_512)] }

  test('are tried in their order', () => {
    expect(placeFirstFit(two, 128 * MIB)).toBe(8000 * MIB)
    expect(placeFirstFit(two, 512 * MIB)).toBe(10_000 * MIB)
  })

  test('hold no memory that crosses from one into the other', () => {
    const error = expect.objectContaining({ code: 'NO_ADDRESS_SPACE' })
    expect(() => checkAddress(two, mib(8064, 10_064))).toThrow(error)
    expect(() => checkAddress(two, mib(10_000, 10_512))).not.toThrow()
  })
})

describe('an address that is asked for', () => {
  test.each([
    ['a free one', mib(4098, 4226), undefined],
    ['a misaligned one', { start: 4096 * MIB + 4096, end: 4224 * MIB }, 'BAD_ARGUMENT'],
    ['one below the window', mib(4094, 4100), 'NO_ADDRESS_SPACE'],
    ['one that leaves the window', mib(8190, 8194), 'NO_ADDRESS_SPACE'],
    ['one that is taken', mib(5000, 5128), 'NO_ADDRESS_SPACE'],
  ])('%s', (_, wanted, code) => {
    const check = () => checkAddress(placement(mib(5120, 5248)), wanted)
    if (code === undefined) expect(check).not.toThrow()
    else expect(check).toThrow(expect.objectContaining({ code }))
  })
})
