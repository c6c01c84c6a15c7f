import { expect, test } from 'vitest'
import type { MemoryDeviceInfo } from '../qmp/commands'
import { devicesOf, resizablesOf } from './step'

test('DIMMs come in the order of their ids, devices of changing size apart, others not at all', () => {
  const dimm = { memdev: '', hotplugged: true, hotpluggable: true, slot: 0, node: 1, size: 128 }
  const infos: readonly MemoryDeviceInfo[] = [
    { type: 'dimm', data: { ...dimm, id: 'dimm2', addr: 100 } },
    { type: 'virtio-pmem', data: {} },
    { type: 'dimm', data: { ...dimm, id: 'dimm10', addr: 300 } },
    {
      type: 'virtio-mem',
      data: {
        ...{ id: 'a', memaddr: 7, size: 2, node: 0, memdev: '' },
        ...{ 'requested-size': 3, 'max-size': 4, 'block-size': 1 },
      },
    },
  ]
  expect(devicesOf(infos)).toEqual([
    ['dimm10', 300, 128, 1],
    ['dimm2', 100, 128, 1],
  ])
  expect(resizablesOf(infos)).toEqual([['a', 7, 2, 3, 4, 1, 0]])
})
