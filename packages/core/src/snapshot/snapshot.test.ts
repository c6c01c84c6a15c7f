import { describe, expect, test } from 'vitest'
import { nodeId } from '../address/brand'
import { allocatePages } from '../allocator/allocate'
import type { Machine } from '../model/machine'
import { checkPages } from '../page-check/check'
import { tinyMachine } from '../page-check/testing/tiny-machine'
import { restoreSnapshot, takeSnapshot } from './snapshot'

const PAGES = 9

const request = { order: 0, nodeId: nodeId(1), mobility: 'movable', kind: 'slab' } as const

/** Pages that are allocated one after the other. */
const allocated = (machine: Machine): readonly (number | null)[] =>
  Array.from({ length: PAGES }, () => allocatePages(machine, request))

describe('a snapshot', () => {
  test('keeps the order in which free pages are allocated, however often it is restored', () => {
    const machine = tinyMachine()
    allocated(machine)
    const snapshot = takeSnapshot(machine)
    const once = allocated(machine)
    const orders = ['again', 'and again'].map(() => {
      restoreSnapshot(machine, snapshot)
      return allocated(machine)
    })
    expect(orders).toEqual([once, once])
    restoreSnapshot(machine, snapshot)
    checkPages(machine)
  })

  test('is left as it is by what the machine, and one before it, do later', () => {
    const machine = tinyMachine()
    const first = takeSnapshot(machine)
    const once = allocated(machine)
    const second = takeSnapshot(machine)
    const behind = allocated(machine)
    restoreSnapshot(machine, first)
    expect(allocated(machine)).toEqual(once)
    restoreSnapshot(machine, second)
    expect(allocated(machine)).toEqual(behind)
  })
})
