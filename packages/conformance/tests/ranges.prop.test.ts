// Properties of adding, removing, onlining and offlining, with ranges that crowd the boundaries of pages, pageblocks,
// sections and blocks.
import {
  addMemory,
  blockId,
  fingerprint,
  GIB,
  isHotplugError,
  type Machine,
  MIB,
  nodeId,
  offlineBlock,
  onlineBlock,
  physAddr,
  type Range,
  removeMemory,
  restoreSnapshot,
  takeSnapshot,
} from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../tests/thorough'
import {
  badWord,
  blockRange,
  byteRange,
  deviceSize,
  onlineType,
} from '../src/generators/arbitraries'
import {
  blockFile,
  makeGuest,
  numbers,
  plug,
  read,
  statesOf,
  unplug,
  write,
  zoneCounts,
} from './machines'

const machine = makeGuest({ ram: [{ start: 0, end: GIB, node: 0 }] })
const booted = takeSnapshot(machine)

/** The guest as it was after boot. */
function fresh(): Machine {
  restoreSnapshot(machine, booted)
  return machine
}

/** Where boot memory ends, and nothing is. */
const AROUND = { start: GIB - 256 * MIB, end: 2 * GIB }

const errnoOf = (act: () => void): string | null => {
  try {
    act()
    return null
  } catch (error) {
    if (isHotplugError(error)) return error.errno
    throw error
  }
}

const bytes = ({ start, end }: Range) => ({ start: physAddr(start), end: physAddr(end) })

describe('any range of bytes', { timeout: 60_000 }, () => {
  test('v6.1/4 v6.1/54 v6.1/55: is added as whole blocks beside present memory, or leaves no trace', () => {
    fc.assert(
      fc.property(byteRange(machine.geometry, AROUND), (range) => {
        const model = fresh()
        const before = fingerprint(model)
        const errno = errnoOf(() => addMemory(model, { range: bytes(range), nodeId: nodeId(0) }))
        const { blockBytes } = model.geometry
        const isWhole = range.start % blockBytes === 0 && range.end % blockBytes === 0
        const expected =
          range.start === range.end
            ? 'E2BIG'
            : range.start < GIB
              ? 'EEXIST'
              : isWhole
                ? null
                : 'EINVAL'
        expect(errno).toBe(expected)
        if (errno !== null) expect(fingerprint(model)).toBe(before)
        checkInvariants(model)
      }),
      { numRuns: draws(60) },
    )
  })

  test('v6.1/51: that was added can be removed, and nothing is left of it but a number of the firmware map', () => {
    fc.assert(
      fc.property(blockRange({ start: 8, end: 40 }), onlineType(), (blocks, type) => {
        const model = fresh()
        const before = fingerprint(model)
        const { blockBytes } = model.geometry
        const range = bytes({ start: blocks.start * blockBytes, end: blocks.end * blockBytes })
        addMemory(model, { range, nodeId: nodeId(1) })
        for (let id = blocks.start; id < blocks.end; id++) {
          if (type !== 'offline') onlineBlock(model, blockId(id), type)
        }
        for (let id = blocks.start; id < blocks.end; id++) offlineBlock(model, blockId(id))
        removeMemory(model, { range })
        model.state.memory.firmwareMap.nextIndex -= 1
        expect(fingerprint(model)).toBe(before)
      }),
      { numRuns: draws(40) },
    )
  })
})

/** Blocks that are online, by zone: the flat model of spans and counts. */
type Flat = Map<number, 'Normal' | 'Movable'>

function expectFlat(model: Machine, flat: Flat): void {
  for (const zone of ['Normal', 'Movable'] as const) {
    const ids = [...flat].filter(([, at]) => at === zone).map(([id]) => id)
    const pages = 32_768
    const present = ids.length * pages
    const first = Math.min(...ids)
    const last = Math.max(...ids)
    const expected =
      ids.length === 0
        ? { start: 0, spanned: 0, present: 0, managed: 0 }
        : { start: first * pages, spanned: (last - first + 1) * pages, present, managed: present }
    expect(zoneCounts(model, `1/${zone}`)).toEqual(expected)
  }
}

describe('any sequence of onlining and offlining', { timeout: 60_000 }, () => {
  test('v6.1/35 2012/I-17.2: keeps spans tight around what is online, and counts that', () => {
    const step = fc.record({
      id: fc.integer({ min: 32, max: 39 }),
      type: fc.constantFrom('offline', 'online_kernel', 'online_movable'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 24 }), (steps) => {
        const model = fresh()
        plug(model, { id: 'dimm', sizeBytes: GIB, node: 1 })
        const flat: Flat = new Map()
        for (const { id, type } of steps) {
          const isOnline = flat.has(id)
          const expected = isOnline === (type !== 'offline') ? 'EINVAL' : null
          expect(write(model, blockFile(id, 'state'), type)).toBe(expected)
          if (expected !== null) continue
          if (type === 'offline') flat.delete(id)
          else flat.set(id, type === 'online_kernel' ? 'Normal' : 'Movable')
          expectFlat(model, flat)
        }
        checkInvariants(model)
      }),
      { numRuns: draws(40) },
    )
  })
})

describe('any device', { timeout: 60_000 }, () => {
  test('v6.1/57: is plugged as whole blocks or not at all, and goes without a trace', () => {
    fc.assert(
      fc.property(deviceSize(machine.geometry), (sizeBytes) => {
        const model = fresh()
        plug(model, { id: 'dimm', sizeBytes, node: 1 })
        const blocks = sizeBytes / model.geometry.blockBytes
        const ids = numbers(32, 32 + Math.ceil(blocks) - 1)
        const expected = Number.isInteger(blocks) ? 'offline' : '-'
        expect(statesOf(model, ids)).toEqual(ids.map(() => expected))
        checkInvariants(model)
        unplug(model, 'dimm')
        expect(statesOf(model, ids)).toEqual(ids.map(() => '-'))
        expect(read(model, '/sys/devices/system/node/online')).toBe('0')
        checkInvariants(model)
      }),
      { numRuns: draws(20) },
    )
  })
})

describe('any other word', { timeout: 60_000 }, () => {
  const WORDS = ['offline', 'online', 'online_kernel', 'online_movable']

  test('v6.1/14 v6.1/84: is refused by state and by auto_online_blocks, and changes nothing', () => {
    const model = fresh()
    const before = fingerprint(model)
    fc.assert(
      fc.property(badWord(WORDS), (text) => {
        expect(write(model, blockFile(5, 'state'), text)).toBe('EINVAL')
        expect(write(model, '/sys/devices/system/memory/auto_online_blocks', text)).toBe('EINVAL')
      }),
      { numRuns: draws(200) },
    )
    expect(fingerprint(model)).toBe(before)
    expect(findBlock(model, blockId(5))?.pendingType).toBe('offline')
  })
})
