import { describe, expect, test } from 'vitest'
import { physAddr } from '../address/brand'
import { GIB } from '../address/units'
import type { ArchParts } from '../arch/arch-parts'
import { composeArch } from '../arch/compose-arch'
import { keepAllMemory } from '../arch/keep-memory'
import type { Arch, ArchAnswer } from '../model/arch'
import type { Machine } from '../model/machine'
import { checkArch } from './check-arch'

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

const made = (parts: ArchParts): Arch => checkArch(parts.name, composeArch(parts))

const ask = (answer: unknown): ArchAnswer =>
  made({ ...PARTS, canRemove: keepAllMemory(answer as never) }).canRemove({} as Machine, {
    start: physAddr(GIB),
    end: physAddr(2 * GIB),
  })

describe('an arch that was composed', () => {
  test('with a part that is not known is refused, and names those that it does', () => {
    const parts = { ...PARTS, removable: true }
    expect(() => made(parts)).toThrow(
      bad('arch plugin "window": parts have no "removable": composeArch knows name, geometry'),
    )
  })

  test.each(['geometry', 'features', 'mapping', 'memmap'])('without %s is refused', (part) => {
    const parts = { ...PARTS, [part]: undefined }
    expect(() => made(parts)).toThrow(bad(`${part} is missing, or not an object.`))
  })

  test('with a part that is not the function that it must be is refused', () => {
    const parts = { ...PARTS, canRemove: { kind: 'allowed' } } as unknown as ArchParts
    expect(() => made(parts)).toThrow(
      bad('parts are wrong: canRemove must be a function or absent'),
    )
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
