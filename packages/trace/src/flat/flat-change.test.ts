import { expect, test } from 'vitest'
import { flatChange } from './flat-change'

test('a change has what is new or different, and what is gone, in order', () => {
  const before = { a: '1', b: '2', z: '9', y: '8' }
  const after = { c: '3', a: '1', b: 'two' }
  const change = flatChange(before, after)
  expect(change).toEqual({ set: { b: 'two', c: '3' }, gone: ['y', 'z'] })
  expect(Object.keys(change.set)).toEqual(['b', 'c'])
})
