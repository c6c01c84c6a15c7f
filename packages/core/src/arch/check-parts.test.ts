import { describe, expect, test } from 'vitest'
import { physAddr } from '../address/brand'
import { GIB } from '../address/units'
import type { ArchAnswer } from '../model/arch'
import type { Machine } from '../model/machine'
import type { ArchParts } from './arch-parts'
import { composeArch } from './compose-arch'
import { keepAllMemory } from './keep-memory'

const PARTS: ArchParts = {
  name: 'window',
  geometry: {
    pageShift: 12,
    sectionSizeBits: 27,
    maxPhysMemBits: 40,
    maxOrder: 10,
    pageblockOrder: 9,
    structPageBytes: 64,
    zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
  },
  features: { firmwareMap: false, probe: false, memmapOnMemory: false, zoneDevice: false },
  mapping: { direct: { kind: 'fixed', base: 0n }, vmemmap: { kind: 'none' } },
  memmap: { kind: 'flat' },
}

const bad = (text: string) =>
  expect.objectContaining({ code: 'BAD_PLUGIN', message: expect.stringContaining(text) })

const ask = (answer: unknown): ArchAnswer =>
  composeArch({ ...PARTS, canRemove: keepAllMemory(answer as never) }).canRemove({} as Machine, {
    start: physAddr(GIB),
    end: physAddr(2 * GIB),
  })

describe('composeArch', () => {
  test('refuses a part that it does not know, and names those that it does', () => {
    const parts = { ...PARTS, removable: true }
    expect(() => composeArch(parts)).toThrow(
      bad(
        'arch plugin "window": composeArch has no part "removable": its parts are name, geometry',
      ),
    )
  })

  test('refuses a part that is not the function that it must be', () => {
    const parts = { ...PARTS, canRemove: { kind: 'allowed' } } as unknown as ArchParts
    expect(() => composeArch(parts)).toThrow(bad('canRemove must be a function or absent'))
  })

  test.each([
    [{ kind: 'allowed' }],
    [{ kind: 'impossible', errno: 'EPERM', reason: 'boot memory stays.' }],
    [{ kind: 'not-written', errno: 'EBUSY', reason: 'no code asks for it.' }],
  ])('passes the answer %o to a removal on', (answer) => {
    expect(ask(answer)).toEqual(answer)
  })

  test.each([
    [undefined, 'gave undefined: its kind is allowed, impossible or not-written'],
    [{ kind: 'no' }, 'gave {"kind":"no"}: its kind is'],
    [{ kind: 'impossible', reason: 'x' }, 'gave errno undefined: one of EPERM,'],
    [{ kind: 'impossible', errno: 'ENOTHING', reason: 'x' }, 'gave errno "ENOTHING": one of'],
    [{ kind: 'impossible', errno: 'EPERM', reason: '' }, 'gave no reason: give the words'],
  ])('refuses the answer %o to a removal, and says of which range', (answer, text) => {
    expect(() => ask(answer)).toThrow(bad(`canRemove(0x40000000-0x7fffffff) ${text}`))
  })
})
