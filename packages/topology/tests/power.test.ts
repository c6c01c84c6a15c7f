import { ppc64le } from '@memhp/arch-powerpc'
import { createMachine, GIB, type Machine, platformOf, settle } from '@memhp/core'
import { pseriesDriver } from '@memhp/driver-pseries'
import {
  DYNAMIC_MEMORY,
  formatLmbSize,
  formatLmbTable,
  type LmbRun,
} from '@memhp/driver-pseries/dialect'
import { textOfBytes } from '@memhp/kernel-files'
import { describe, expect, it } from 'vitest'
import { devicesCalled, groupBlocks, readTopology, removalsOf } from '../src/index'
import { textTree } from './text-tree'

const LMB = 2 ** 28

/** A guest of 2 GiB with two runs of LMBs: of 2 on node 1, and of 1 on node 0 behind them. */
function guest(): Machine {
  const machine = createMachine(
    {
      arch: 'ppc64le',
      nodes: [
        { id: 0, cpus: [0] },
        { id: 1, cpus: [] },
      ],
      ram: [{ start: 0, end: 2 * GIB, node: 0 }],
      drivers: { pseries: { windowEnd: 4 * GIB } },
    },
    { archs: [ppc64le], drivers: [pseriesDriver] },
  )
  platformOf(machine, 'pseries').plug(machine, { id: 'a', sizeBytes: 2 * LMB, node: 1 })
  platformOf(machine, 'pseries').plug(machine, { id: 'b', sizeBytes: LMB, node: 0 })
  settle(machine)
  return machine
}

describe('the LMBs of a POWER guest', () => {
  it('are devices, by DRC index, with the blocks that they cover', async () => {
    const { devices, blocks, notes } = await readTopology(guest().tree)
    expect(devices).toHaveLength(8)
    expect(devices[0]).toEqual({
      name: 'lmb@80000008',
      driver: 'pseries',
      path: null,
      status: null,
      present: true,
      ejectable: true,
      drcIndex: 0x8000_0008,
      nodes: [1],
      blocks: [8],
      ranges: [{ start: 2 * GIB, end: 2 * GIB + LMB }],
    })
    expect(devices.map(({ present }) => present).filter(Boolean)).toHaveLength(3)
    expect(devices[3]).toMatchObject({ name: 'lmb@8000000b', present: false, blocks: [] })
    expect(blocks.map(({ device }) => device).slice(7)).toEqual([
      null,
      'lmb@80000008',
      'lmb@80000009',
      'lmb@8000000a',
    ])
    expect(notes.map(({ path }) => path)).not.toContain(DYNAMIC_MEMORY)
  })

  it('are one range where they are alike and follow each other', async () => {
    const { blocks } = await readTopology(guest().tree)
    const ranges = groupBlocks(blocks).map(
      ({ firstBlock, lastBlock, device }) => `${firstBlock}-${lastBlock} ${device}`,
    )
    expect(ranges).toEqual(['0-7 null', '8-9 lmb@80000008-80000009', '10-10 lmb@8000000a'])
    const [all] = groupBlocks(blocks, { by: ['state'] })
    expect(all?.device).toBeNull()
  })

  it('go by one write for each run', async () => {
    const { devices } = await readTopology(guest().tree)
    const held = devices.filter(({ present }) => present)
    expect(removalsOf(held).map(({ path, text }) => `${path} ${text}`)).toEqual([
      '/sys/kernel/dlpar memory remove indexed-count 3 0x80000008',
    ])
    const apart = removalsOf(held.filter((_, i) => i !== 1))
    expect(apart.map(({ text, undo }) => [text, undo?.text])).toEqual([
      ['memory remove index 0x80000008', 'memory add index 0x80000008'],
      ['memory remove index 0x8000000a', 'memory add index 0x8000000a'],
    ])
  })

  it('are found by name, by index and by a range of indices, and never by a mistyped one', async () => {
    const { devices } = await readTopology(guest().tree)
    const found = (word: string): string[] => devicesCalled(devices, word).map(({ name }) => name)
    expect(found('LMB@80000008')).toEqual(['lmb@80000008'])
    expect(found('0x8000000A')).toEqual(['lmb@8000000a'])
    expect(found('0x80000008-0x80000009')).toEqual(['lmb@80000008', 'lmb@80000009'])
    expect(found('lmb@80000008-80000009')).toEqual(['lmb@80000008', 'lmb@80000009'])
    for (const word of [
      '80000008',
      '0x8000000',
      '0x80000008-0x80000010',
      '8',
      '0x',
      'lmb@',
      '0x80000009-0x80000008',
    ])
      expect(found(word)).toEqual([])
  })
})

const MEMORY = '/sys/devices/system/memory'
const BARE = {
  [`${MEMORY}/block_size_bytes`]: '10000000\n',
  [`${MEMORY}/memory4/state`]: 'online\n',
  [`${MEMORY}/memory4/valid_zones`]: 'Normal\n',
}
const RUNS: readonly LmbRun[] = [
  { base: GIB, count: 1, drcIndex: 0x8000_0004, associativityIndex: 0, flags: 8 },
]
const cells = (...values: number[]): string =>
  textOfBytes(
    new Uint8Array(
      values.flatMap((value) => [
        value >>> 24,
        (value >> 16) & 255,
        (value >> 8) & 255,
        value & 255,
      ]),
    ),
  )

describe('a device tree', () => {
  const tree = (more: Record<string, string>) =>
    readTopology(
      textTree({
        ...BARE,
        [`${DYNAMIC_MEMORY}/ibm,lmb-size`]: formatLmbSize(LMB),
        [`${DYNAMIC_MEMORY}/ibm,dynamic-memory`]: formatLmbTable('ibm,dynamic-memory', {
          runs: RUNS,
          lmbBytes: LMB,
        }),
        ...more,
      }),
    )

  it('of the first version is read too, with the names that firmware gives', async () => {
    const { devices } = await tree({
      '/sys/firmware/devicetree/base/ibm,drc-indexes': cells(2, 0x3000_0001, 0x8000_0004),
      '/sys/firmware/devicetree/base/ibm,drc-names': `${cells(2)}PHB 1\0LMB 4\0`,
    })
    expect(devices).toEqual([
      expect.objectContaining({
        name: 'lmb@80000004',
        path: 'LMB 4',
        ejectable: false,
        blocks: [4],
      }),
    ])
    expect(devicesCalled(devices, 'lmb 4')).toHaveLength(1)
  })

  it('whose parts do not fit is said to be damaged, and the rest is read', async () => {
    const names = await tree({
      '/sys/firmware/devicetree/base/ibm,drc-indexes': cells(1, 0x8000_0004),
      '/sys/firmware/devicetree/base/ibm,drc-names': `${cells(2)}PHB 1\0LMB 4\0`,
    })
    expect(names.devices[0]?.path).toBeNull()
    expect(names.notes).toContainEqual(expect.objectContaining({ kind: 'malformed' }))
    const table = await tree({ [`${DYNAMIC_MEMORY}/ibm,dynamic-memory`]: cells(2, 1) })
    expect(table.devices).toEqual([])
    expect(table.notes).toContainEqual(expect.objectContaining({ kind: 'malformed' }))
    const size = await tree({ [`${DYNAMIC_MEMORY}/ibm,lmb-size`]: 'x' })
    expect(size.devices).toEqual([])
  })
})
