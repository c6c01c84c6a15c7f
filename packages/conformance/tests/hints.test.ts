// What a step shows of pages of the kernel that were placed before: rules that walks have shown, and no recording needs now.
import {
  blockId,
  GIB,
  injectNotifierError,
  MIB,
  placeUnmovablePage,
  resizableDevices,
  resizableOf,
  settle,
} from '@memhp/core'
import { blockRange, findBlock, firstObstacle } from '@memhp/core/inspect'
import { openSession, type TraceStep } from '@memhp/trace'
import { expect, test } from 'vitest'
import { applyHints, type Hints } from '../src/replay/hints'
import { answerResized } from '../src/replay/resize-hints'
import { blockFile, makeGuest, plug, writeState } from './machines'

const nothing = { uevents: [], qmp: [], set: {}, gone: [] }

test('a block that a notifier alone kept has none of them any more', () => {
  const machine = makeGuest()
  plug(machine, { id: 'd', sizeBytes: 128 * MIB })
  writeState(machine, 32, 'online_kernel')
  const hints: Hints = new Map()
  const refused = (errno: string): TraceStep => ({
    ...nothing,
    op: { op: 'write', path: blockFile(32, 'state'), value: 'offline' },
    result: { errno },
  })
  const isKept = (): boolean =>
    firstObstacle(machine, blockRange(machine, blockId(32))) !== undefined
  expect(applyHints(machine, hints, refused('EBUSY'))).toBe(1)
  expect(isKept()).toBe(true)
  injectNotifierError(machine, { event: 'MEM_GOING_OFFLINE', errno: 'ENOMEM' })
  expect(applyHints(machine, hints, refused('ENOMEM'))).toBe(0)
  expect(isKept()).toBe(false)
})

test('what stayed of a device lies in none of the blocks that the kernel removed', () => {
  const machine = makeGuest({
    autoOnlineBlocks: 'offline',
    drivers: { acpi: {}, 'virtio-mem': { devices: [{ id: 'vm0', maxBytes: GIB }] } },
  })
  resizableOf(machine).resize(machine, { id: 'vm0', bytes: 256 * MIB })
  settle(machine)
  // What describes both is in boot memory.
  for (const id of [32, 33]) writeState(machine, id, 'online_kernel')
  // The model keeps one unit of block 33, and the kernel kept two.
  placeUnmovablePage(machine, { range: blockRange(machine, blockId(33)) })
  const [device] = resizableDevices(machine)
  if (device === undefined) throw new Error('no device')
  const { address, maxBytes, unitBytes, node } = device
  const unit = unitBytes ?? 0
  const hints: Hints = new Map()
  const { placed } = answerResized(openSession(machine), hints, {
    ...nothing,
    op: { op: 'request', id: 'vm0', kib: 0 },
    result: { virtio: [['vm0', address, 2 * unit, 0, maxBytes, unit, node]] },
    uevents: ['offline', 'remove'].map(
      (action) => `${action} /devices/system/memory/memory32 memory`,
    ),
  })
  expect([placed, [...hints.keys()]]).toEqual([1, [33]])
  expect(findBlock(machine, blockId(32))).toBeUndefined()
  expect(resizableDevices(machine)[0]?.sizeBytes).toBe(2 * unit)
})
