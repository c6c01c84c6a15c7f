import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  assignedRuns,
  LMB_FLAG,
  type LmbEntry,
  parseDynamicMemory,
  parseDynamicMemoryV2,
} from '../src/index'

const LMB = 2 ** 28

const cells = (...values: number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => {
    view.setUint32(i * 4, value)
  })
  return new Uint8Array(view.buffer)
}

const entryCells = ({ base, drcIndex, associativityIndex, flags }: LmbEntry): number[] => [
  Math.floor(base / 2 ** 32),
  base % 2 ** 32,
  drcIndex,
  0,
  associativityIndex,
  flags,
]

describe('ibm,dynamic-memory', () => {
  it('is read as it was written', () => {
    const entry = fc.record({
      base: fc.nat(2 ** 12).map((n) => n * LMB),
      drcIndex: fc.nat(),
      associativityIndex: fc.nat(),
      flags: fc.nat(0xfff),
    })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        const bytes = cells(entries.length, ...entries.flatMap(entryCells))
        expect(parseDynamicMemory(bytes)).toEqual(entries)
      }),
    )
  })

  it('that is cut short is refused with the place', () => {
    const bytes = cells(1, 0, LMB, 0x80000001, 0, 0)
    expect(() => parseDynamicMemory(bytes)).toThrow('ends after 24 bytes')
  })

  it('in version 2 names runs of LMBs', () => {
    const bytes = cells(1, 2, 0, 2 ** 31, 0x80000008, 3, LMB_FLAG.assigned)
    expect(parseDynamicMemoryV2(bytes, LMB)).toEqual([
      { base: 2 ** 31, drcIndex: 0x80000008, associativityIndex: 3, flags: 8 },
      { base: 2 ** 31 + LMB, drcIndex: 0x80000009, associativityIndex: 3, flags: 8 },
    ])
  })

  it('gives the assigned LMBs as runs, reserved ones left out', () => {
    const lmb = (i: number, flags: number): LmbEntry => ({
      base: i * LMB,
      drcIndex: i,
      associativityIndex: 0,
      flags,
    })
    const entries = [
      lmb(0, LMB_FLAG.assigned + LMB_FLAG.reserved),
      lmb(1, 8),
      lmb(2, 8),
      lmb(3, 0),
      lmb(4, 8),
    ]
    expect(assignedRuns(entries, LMB)).toEqual([
      { base: LMB, sizeBytes: 2 * LMB, associativityIndex: 0 },
      { base: 4 * LMB, sizeBytes: LMB, associativityIndex: 0 },
    ])
  })
})
