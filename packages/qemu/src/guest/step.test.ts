import { expect, test } from 'vitest'
import { devicesOf } from './step'

test('devices come in the order of their ids, those without an address not at all', () => {
  const dimm = { memdev: '', hotplugged: true, hotpluggable: true, slot: 0, node: 1, size: 128 }
  expect(
    devicesOf([
      { type: 'dimm', data: { ...dimm, id: 'dimm2', addr: 100 } },
      { type: 'virtio-pmem', data: {} },
      { type: 'dimm', data: { ...dimm, id: 'dimm10', addr: 300 } },
      {
        type: 'virtio-mem',
        data: {
          ...{ id: 'a', memaddr: 7, size: 2, node: 0, memdev: '' },
          ...{ 'requested-size': 2, 'max-size': 4, 'block-size': 1 },
        },
      },
    ]),
  ).toEqual([
    ['a', 7, 2, 0],
    ['dimm10', 300, 128, 1],
    ['dimm2', 100, 128, 1],
  ])
})
