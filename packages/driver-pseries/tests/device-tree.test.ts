import { createMachine, GIB, type Machine } from '@memhp/core'
import type { DriverDefinition } from '@memhp/core/plugin'
import { describe, expect, it } from 'vitest'
import { DYNAMIC_MEMORY, parseLmbSize, parseLmbTable } from '../src/dialect/dynamic-memory'
import { LMB_FLAG, type LmbRun, NO_ASSOCIATIVITY } from '../src/dialect/lmb'
import { pseriesDriver } from '../src/index'
import { flatArch } from './flat-arch'
import { blocks, dlpar, guest, plug, unplug } from './guest'

const LMB = 2 ** 28
const V2 = 'ibm,dynamic-memory-v2'

const table = (machine: Machine): LmbRun[] =>
  parseLmbTable(V2, { text: machine.tree.read(`${DYNAMIC_MEMORY}/${V2}`), lmbBytes: LMB })

/** `count@first DRC index: associativity, flags` of each run. */
const words = (machine: Machine): string[] =>
  table(machine).map(
    ({ count, drcIndex, associativityIndex, flags }) =>
      `${count}@${drcIndex.toString(16)}: ${associativityIndex === NO_ASSOCIATIVITY ? 'none' : associativityIndex}, ${flags.toString(16)}`,
  )

describe('the device tree of a guest', () => {
  it('reserves boot memory, and lists what may come', () => {
    const machine = guest()
    expect(parseLmbSize(machine.tree.read(`${DYNAMIC_MEMORY}/ibm,lmb-size`))).toBe(LMB)
    expect(words(machine)).toEqual(['8@0: none, a0', '24@80000008: none, 0'])
    expect(machine.tree.readlink('/proc/device-tree')).toBe('/sys/firmware/devicetree/base')
  })

  it('follows what comes and goes', () => {
    const machine = guest()
    plug(machine, 'dimm0', 3)
    const plugged = ['8@0: none, a0', '3@80000008: 0, 8', '21@8000000b: none, 0']
    expect(words(machine)).toEqual(plugged)
    expect(dlpar(machine, 'memory remove index 0x80000009')).toBe(null)
    expect(words(machine)).toEqual([
      '8@0: none, a0',
      '1@80000008: 0, 8',
      '1@80000009: none, 0',
      '1@8000000a: 0, 8',
      '21@8000000b: none, 0',
    ])
    unplug(machine, 'dimm0')
    expect(words(machine)).toEqual(['8@0: none, a0', '24@80000008: none, 0'])
  })

  it('is as it was after a request that failed', () => {
    const machine = guest()
    const before = words(machine)
    expect(dlpar(machine, 'memory add indexed-count 2 0x80000008')).toBe('EINVAL')
    expect(words(machine)).toEqual(before)
  })
})

/** A partition whose hypervisor numbers LMBs in its own way: boot memory may go, and there is a gap. */
const TABLE: readonly LmbRun[] = [
  { base: 0, count: 4, drcIndex: 0, associativityIndex: NO_ASSOCIATIVITY, flags: 0x80 },
  { base: GIB, count: 4, drcIndex: 0x8000_0100, associativityIndex: 7, flags: LMB_FLAG.assigned },
  {
    base: 3 * GIB,
    count: 2,
    drcIndex: 0x8000_0110,
    associativityIndex: NO_ASSOCIATIVITY,
    flags: 0,
  },
]

function partition(): Machine {
  return createMachine(
    {
      arch: 'flat64',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: 2 * GIB, node: 0 }],
      drivers: {
        pseries: {
          lmbs: TABLE,
          devices: [{ id: 'a', address: GIB, sizeBytes: GIB, node: 0, bound: true }],
        },
      },
    },
    { archs: [flatArch], drivers: [pseriesDriver] },
  )
}

describe('a partition whose LMBs the device tree lists', () => {
  it('shows the table as it was', () => {
    expect(table(partition())).toEqual(TABLE)
  })

  it('has LMBs by the indices of the table, and no others', () => {
    const machine = partition()
    expect(dlpar(machine, 'memory remove index 0x80000104')).toBe('EINVAL')
    expect(dlpar(machine, 'memory remove index 0')).toBe('EINVAL')
    expect(dlpar(machine, 'memory remove index 0x80000102')).toBe(null)
    expect(machine.tree.lookup('/sys/devices/system/memory/memory6')).toBeUndefined()
    expect(words(partition())[1]).toBe('4@80000100: 7, 8')
    expect(words(machine).slice(1, 4)).toEqual([
      '2@80000100: 7, 8',
      '1@80000102: none, 0',
      '1@80000103: 7, 8',
    ])
  })

  it('takes a count of them in the order of the table', () => {
    const machine = partition()
    expect(dlpar(machine, 'memory remove indexed-count 2 0x80000101')).toBe(null)
    const left = [4, 5, 6, 7].filter(
      (id) => machine.tree.lookup(`/sys/devices/system/memory/memory${id}`) !== undefined,
    )
    expect(left).toEqual([4, 7])
    expect(dlpar(machine, 'memory remove indexed-count 7 0x80000100')).toBe('EINVAL')
  })

  it('gets memory where the table has room', () => {
    const machine = partition()
    plug(machine, 'b', 2)
    expect(blocks(machine)).toEqual(['memory12 online', 'memory13 online'])
    expect(words(machine).at(-1)).toBe('2@80000110: 7, 8')
  })

  it('is described without a window', () => {
    const { parseConfig }: DriverDefinition<unknown> = pseriesDriver
    const config = { lmbs: TABLE, windowStart: GIB }
    expect(() => parseConfig(config)).toThrow('leave windowStart and windowEnd out')
    expect(() => parseConfig({ lmbs: [{ base: 0 }] })).toThrow('lmbs[0].count')
    expect(() => parseConfig({ lmbFile: 'x' })).toThrow('ibm,dynamic-memory-v2')
  })
})
