import { expect, test } from 'vitest'
import { changeOf, devicesOf } from './step'

test('a change has what is new or different, and what is gone, in order', () => {
  const before = { a: '1', b: '2', z: '9', y: '8' }
  const after = { c: '3', a: '1', b: 'two' }
  const change = changeOf(before, after)
  expect(change).toEqual({ set: { b: 'two', c: '3' }, gone: ['y', 'z'] })
  expect(Object.keys(change.set)).toEqual(['b', 'c'])
})

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
