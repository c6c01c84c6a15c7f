import { bytesOfText, textOfBytes } from '@memhp/kernel-files'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatLmbSize,
  formatLmbTable,
  LMB_TABLE_FILES,
  parseLmbSize,
  parseLmbTable,
} from './dynamic-memory'
import {
  hasFlag,
  isAssignedLmb,
  isDynamicLmb,
  joinLmbRuns,
  LMB_FLAG,
  type LmbRun,
  lmbsOfRun,
  NO_ASSOCIATIVITY,
} from './lmb'

const LMB = 2 ** 28

const cells = (...values: number[]): string => {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value)
  return textOfBytes(new Uint8Array(view.buffer))
}

/** Runs one after the other, as device trees have them: no two LMBs share an address. */
const table: fc.Arbitrary<LmbRun[]> = fc
  .array(
    fc.record({
      count: fc.integer({ min: 1, max: 5 }),
      drcIndex: fc.nat(0xffff_0000),
      associativityIndex: fc.constantFrom(0, 1, NO_ASSOCIATIVITY),
      flags: fc.constantFrom(0, LMB_FLAG.assigned, LMB_FLAG.reserved, 0xffff_ffff),
    }),
    { maxLength: 12 },
  )
  .map((runs) => {
    let base = 0
    return runs.map((run) => {
      const placed = { ...run, base }
      base += run.count * LMB
      return placed
    })
  })

const singles = (runs: readonly LmbRun[]): LmbRun[] => runs.flatMap((run) => lmbsOfRun(run, LMB))

describe('the LMBs of a device tree', () => {
  it.each(LMB_TABLE_FILES)('are read from %s as they were written', (file) => {
    fc.assert(
      fc.property(table, (runs) => {
        const text = formatLmbTable(file, { runs, lmbBytes: LMB })
        const read = parseLmbTable(file, { text, lmbBytes: LMB })
        expect(singles(read)).toEqual(singles(runs))
        expect(formatLmbTable(file, { runs: read, lmbBytes: LMB })).toBe(text)
      }),
    )
  })

  it('are joined only where they are neighbours and alike', () => {
    fc.assert(
      fc.property(table, (runs) => {
        const joined = joinLmbRuns(singles(runs), LMB)
        expect(singles(joined)).toEqual(singles(runs))
        expect(joinLmbRuns(joined, LMB)).toEqual(joined)
      }),
    )
  })

  it('as QEMU 7.2 and Linux 6.1 wrote them', () => {
    const text = cells(
      ...[3, 4, 0, 0, 0, 0xffff_ffff, 0xa0],
      ...[3, 0, 0x4000_0000, 0x8000_0004, 2, 8],
      ...[57, 0, 0x7000_0000, 0x8000_0007, 0xffff_ffff, 0],
    )
    const [boot, added, free] = parseLmbTable('ibm,dynamic-memory-v2', { text, lmbBytes: LMB })
    expect(boot).toMatchObject({ base: 0, count: 4, flags: 0xa0 })
    expect(added).toEqual({
      base: 2 ** 30,
      count: 3,
      drcIndex: 0x8000_0004,
      associativityIndex: 2,
      flags: 8,
    })
    expect(free).toMatchObject({ base: 0x7000_0000, count: 57, drcIndex: 0x8000_0007 })
    expect([boot, added, free].map((run) => run !== undefined && isDynamicLmb(run))).toEqual([
      false,
      true,
      true,
    ])
    expect([boot, added, free].map((run) => run !== undefined && isAssignedLmb(run))).toEqual([
      false,
      true,
      false,
    ])
  })

  it('are refused where the property is cut short or goes on', () => {
    const read = (text: string) => () =>
      parseLmbTable('ibm,dynamic-memory-v2', { text, lmbBytes: LMB })
    expect(read(cells(1, 2, 0, 0, 8))).toThrow('1 entries need 6 cells, and it has 4')
    expect(read(cells(0, 1))).toThrow('0 entries need 0 cells, and it has 1')
    expect(read('\0\0')).toThrow('ends after 2 bytes, in the middle of a cell')
    expect(read(cells(1, 1, 0x0020_0000, 0, 8, 0, 0))).toThrow('above 2^53')
    expect(read(cells(1, 2 ** 21, 0, 0, 8, 0, 0))).toThrow('2097152 LMBs')
  })

  it('have the size of two cells, a power of two', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), (bits) => {
        expect(parseLmbSize(formatLmbSize(2 ** bits))).toBe(2 ** bits)
      }),
    )
    for (const text of ['', cells(1), cells(0, 0), cells(0, 3), cells(0x200, 0)])
      expect(() => parseLmbSize(text)).toThrow('ibm,lmb-size')
  })

  it('have flags of 32 bits', () => {
    expect(hasFlag(0xffff_ffff, 'reserved')).toBe(true)
    expect(hasFlag(0xffff_ff7f, 'reserved')).toBe(false)
  })
})

describe('a file of bytes', () => {
  it('is a text of one character for each', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = textOfBytes(bytes)
        expect(text).toHaveLength(bytes.length)
        expect(bytesOfText(text)).toEqual(bytes)
      }),
    )
  })
})
