// memory_hotplug.memmap_on_memory since 6.6, as guests of 7.2 with pages of 64 KiB have it (recordings: memmap-force).
import { addMemory, fingerprint, GIB, KIB, type Machine, MIB, removeMemory } from '@memhp/core'
import { checkArchState, findBlock, listLeaves, translate } from '@memhp/core/inspect'
import { describe, expect, test } from 'vitest'
import { blocksOf, boot, freePages, NODE, rangeOf } from './machines'

const START = 4 * GIB
const LMB = 256 * MIB
/** Of an LMB: 4096 pages of 64 bytes each. */
const MEMMAP = 256 * KIB
const MEMMAP_BASE = 0xc00c_0000_0000_0000n

const booted = (word: string, more: Parameters<typeof boot>[0] = {}): Machine =>
  boot({ kernel: 'v6.12', cmdline: `memory_hotplug.memmap_on_memory=${word}`, ...more })

const add = (machine: Machine, start: number): void =>
  addMemory(machine, { range: rangeOf(start, LMB), nodeId: NODE, memmapOnMemory: true })

const hostedPages = (machine: Machine, start: number): number | undefined =>
  blocksOf(machine, rangeOf(start, LMB)).map((id) => findBlock(machine, id)?.selfHostedPages)[0]

const leaves = (machine: Machine) =>
  listLeaves(machine, { region: 'vmemmap', offset: START / 1024, sizeBytes: 2 * MIB }).map(
    ({ leafBytes, count }) => ({ leafBytes, count }),
  )

describe('struct pages that an LMB holds itself', () => {
  test('are mapped by base pages, for a large leaf would reach beyond it, and go with it', () => {
    const machine = booted('force')
    const before = { word: fingerprint(machine), free: freePages(machine) }
    add(machine, START)
    add(machine, START + LMB)
    expect(hostedPages(machine, START)).toBe(32)
    expect(leaves(machine)).toEqual([{ leafBytes: 64 * KIB, count: 8 }])
    const at = MEMMAP_BASE + BigInt((START + LMB) / 1024 + MEMMAP / 2)
    expect(translate(machine, at)?.physicalAddress).toBe(START + LMB + MEMMAP / 2)
    checkArchState(machine)
    removeMemory(machine, { range: rangeOf(START, LMB) })
    expect(leaves(machine)).toEqual([{ leafBytes: 64 * KIB, count: 4 }])
    checkArchState(machine)
    removeMemory(machine, { range: rangeOf(START + LMB, LMB) })
    expect(leaves(machine)).toEqual([])
    expect({ word: fingerprint(machine), free: freePages(machine) }).toEqual(before)
  })

  test('lie in the leaf that is there already, where there is one, and the LMB keeps pages for them all the same', () => {
    const machine = booted('force')
    // The kernel's own: it describes 2 GiB.
    addMemory(machine, { range: rangeOf(START, LMB), nodeId: NODE })
    add(machine, START + LMB)
    expect(hostedPages(machine, START + LMB)).toBe(32)
    expect(leaves(machine)).toEqual([{ leafBytes: 2 * MIB, count: 1 }])
    checkArchState(machine)
  })

  test('have others beside them by base pages, too, where the leaf is a table already', () => {
    const machine = booted('force')
    const before = { word: fingerprint(machine), free: freePages(machine) }
    add(machine, START)
    addMemory(machine, { range: rangeOf(START + LMB, LMB), nodeId: NODE })
    expect(hostedPages(machine, START + LMB)).toBe(0)
    expect(leaves(machine)).toEqual([{ leafBytes: 64 * KIB, count: 8 }])
    checkArchState(machine)
    removeMemory(machine, { range: rangeOf(START, LMB) })
    removeMemory(machine, { range: rangeOf(START + LMB, LMB) })
    expect({ word: fingerprint(machine), free: freePages(machine) }).toEqual(before)
  })

  test.each([
    ['1, for they do not fill a pageblock', '1', {}],
    ['force, with the hash page table', 'force', { archOptions: { mmu: 'hash' } }],
  ])('are elsewhere with %s', (_, word, more) => {
    const machine = booted(word, more)
    add(machine, START)
    expect(hostedPages(machine, START)).toBe(0)
  })

  test('are 1024 of 4 KiB, in two large leaves', () => {
    const machine = booted('1', { archOptions: { pageBytes: 4096 } })
    add(machine, START)
    expect(hostedPages(machine, START)).toBe(1024)
    const range = { region: 'vmemmap', offset: START / 64, sizeBytes: 4 * MIB } as const
    expect(listLeaves(machine, range)).toMatchObject([{ leafBytes: 2 * MIB, count: 2 }])
    checkArchState(machine)
  })

  test('are not known to kernels of 6.1', () => {
    const machine = boot({ cmdline: 'memory_hotplug.memmap_on_memory=1' })
    expect(machine.features.memmapOnMemory).toBe(false)
  })
})
