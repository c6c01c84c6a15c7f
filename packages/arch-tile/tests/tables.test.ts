// Tables and entries of tile. Numbers: series, section 5.8.
import {
  addMemory,
  blockId,
  createMachine,
  GENERATIONS,
  GIB,
  KIB,
  MIB,
  nodeId,
  offlineBlock,
  physAddr,
  refusalOf,
  removeMemory,
} from '@memhp/core'
import { countLevels, translate, wholeRegion } from '@memhp/core/inspect'
import { describe, expect, test } from 'vitest'
import { type TileOptions, tile } from '../src/index'

const boot = (archOptions: Partial<TileOptions> = {}, end = 2 * GIB) =>
  createMachine(
    {
      arch: 'tile',
      archOptions,
      kernel: 'rfc9',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end, node: 0 }],
    },
    { archs: [tile], drivers: [], kernels: GENERATIONS },
  )

const levels = (machine: ReturnType<typeof boot>) =>
  countLevels(machine, wholeRegion(machine, 'direct')).map(({ level, tables, leaves }) => ({
    level,
    tables,
    leaves,
  }))

describe('Gx', () => {
  test('maps whole huge pages by L1, and a rest by base pages', () => {
    expect(levels(boot())).toEqual([
      { level: 'L0', tables: 1, leaves: 0 },
      { level: 'L1', tables: 1, leaves: 128 },
      { level: 'L2', tables: 0, leaves: 0 },
    ])
    expect(levels(boot({}, GIB + MIB)).at(-1)).toEqual({ level: 'L2', tables: 1, leaves: 16 })
    expect(levels(boot({ pageBytes: 16 * KIB }, GIB + MIB)).at(-1)).toMatchObject({ leaves: 64 })
  })

  test('leads an address of the upper half to memory', () => {
    const found = translate(boot(), 0xffff_fe00_0000_0000n + BigInt(GIB) + 0x123n)
    expect(found).toMatchObject({ physicalAddress: GIB + 0x123, level: 'L1', leafBytes: 16 * MIB })
  })

  test('has entries whose frame is in units of 2 KiB at bit 35', () => {
    const { tables } = boot().arch.mapping
    const table = tables?.entries.table(0x12_3456_7800, 0)
    expect(table).toEqual({ low: 1, high: 0x1234_5678 })
    expect(tables?.entries.address(1, 0x1234_5678, 0)).toBe(0x12_3456_7800)
    const huge = tables?.entries.leaf(GIB, 1)
    // Present, huge, global, accessed, dirty; readable and writable.
    expect(huge).toEqual({ low: 0x1b01, high: GIB / 256 + 3 })
    expect(tables?.entries.isLeaf(huge?.low ?? 0, huge?.high ?? 0, 1)).toBe(true)
    expect(tables?.entries.isLeaf(1, 0x1234_5678, 1)).toBe(false)
  })
})

test('Pro has HighMem, which is not mapped', () => {
  expect(levels(boot({ chip: 'pro' }))).toEqual([
    { level: 'L1', tables: 1, leaves: 60 },
    { level: 'L2', tables: 0, leaves: 0 },
  ])
})

test('memory can be neither added nor removed, each with its own reason', () => {
  const machine = boot()
  const beyond = { start: physAddr(2 * GIB), end: physAddr(2 * GIB + 16 * MIB) }
  expect(refusalOf(() => addMemory(machine, { range: beyond, nodeId: nodeId(0) }))).toMatchObject({
    code: 'ADD_UNSUPPORTED',
    errno: 'ENOSYS',
  })
  offlineBlock(machine, blockId(64))
  const offline = { start: physAddr(GIB), end: physAddr(GIB + 16 * MIB) }
  expect(refusalOf(() => removeMemory(machine, { range: offline }))).toMatchObject({
    code: 'REMOVE_UNSUPPORTED',
    errno: 'EBUSY',
  })
})
