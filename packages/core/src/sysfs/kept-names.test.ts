import { expect, test } from 'vitest'
import { blockId } from '../address/brand'
import { keptNames } from './kept-names'

test('names of blocks follow the fixed ones, and are one list while the blocks are the same', () => {
  let ids = [1, 2].map(blockId)
  const names = keptNames(['uevent'], {
    ids: () => ids,
    written: { ofList: () => undefined },
  })
  const before = names()
  expect(before).toEqual(['uevent', 'memory1', 'memory2'])
  ids = [1, 2].map(blockId)
  expect(names()).toBe(before)
  ids = [1, 3].map(blockId)
  expect(names()).toEqual(['uevent', 'memory1', 'memory3'])
  ids = []
  expect(names()).toEqual(['uevent'])
})

test('blocks are listed anew where one came or went', () => {
  let version = 1
  let ids = [1].map(blockId)
  const names = keptNames([], { ids: () => ids, written: { ofList: () => version } })
  expect(names()).toEqual(['memory1'])
  ids = [2].map(blockId)
  expect(names()).toEqual(['memory1'])
  version = 2
  expect(names()).toEqual(['memory2'])
})
