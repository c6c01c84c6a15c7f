import { x86_64 } from '@memhp/arch-x86'
import {
  blockId,
  createMachine,
  fingerprint,
  GIB,
  type Machine,
  offlineBlock,
  onlineBlock,
  platformOf,
  refusalOf,
  SUBSYSTEMS,
  settle,
} from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'
import { describe, expect, test } from 'vitest'
import {
  answerOperation,
  type MachineOperation,
  openSession,
  perform,
  type Session,
} from '../src/index'

const GUEST = {
  arch: 'x86_64',
  nodes: [{ id: 0, cpus: [0] }],
  ram: [{ start: 0, end: GIB, node: 0 }],
} as const

const boot = (): Session =>
  openSession(
    createMachine(
      { ...GUEST, drivers: { acpi: { slots: 2 } } },
      { archs: [x86_64], drivers: [acpiDriver], subsystems: SUBSYSTEMS },
    ),
  )

const PLUG: MachineOperation = { op: 'plug', id: 'dimm', mib: 1024, node: 0 }
const stateOf = (block: number): string => `/sys/devices/system/memory/memory${block}/state`

/** A guest whose DIMM is online in Movable. */
function withDimm(): Session {
  const session = boot()
  perform(session, PLUG)
  settle(session.machine)
  for (let block = 32; block < 40; block++) {
    perform(session, { op: 'write', path: stateOf(block), value: 'online_movable' })
  }
  return session
}

const errnoOf = (session: Session, operation: MachineOperation): string | undefined =>
  refusalOf(() => perform(session, operation))?.errno

const freePages = (machine: Machine): number =>
  [...machine.state.memory.zones.values()].reduce(
    (sum, { free, perCpu }) => sum + free.freePages + perCpu.length,
    0,
  )

describe('an operation', () => {
  test('of a hypervisor waits for the machine to settle', () => {
    const session = boot()
    const { machine } = session
    perform(session, { op: 'plug', id: 'a', mib: 128, node: 0, address: 5 * GIB, slot: 1 })
    expect(machine.tree.lookup(stateOf(40))).toBeUndefined()
    settle(machine)
    expect(machine.tree.read(stateOf(40))).toBe('offline\n')
    expect(platformOf(machine).plugged(machine)[0]).toMatchObject({ address: 5 * GIB, slot: 1 })
  })

  test('is refused as the machine refuses it, and for a driver that the machine lacks', () => {
    const session = boot()
    expect(errnoOf(session, { op: 'write', path: stateOf(99), value: 'online' })).toBe('ENOENT')
    expect(errnoOf(session, { op: 'unplug', id: 'nothing' })).toBe('ENODEV')
    const refusal = refusalOf(() => perform(session, PLUG, { driver: 'pseries' }))
    expect(refusal?.code).toBe('UNKNOWN_PLUGIN')
  })

  test('makes a notifier refuse, and heals it', () => {
    const session = withDimm()
    const offline = { op: 'write', path: stateOf(32), value: 'offline' } as const
    perform(session, { op: 'inject', event: 'MEM_GOING_OFFLINE', errno: -12 })
    expect(errnoOf(session, offline)).toBe('ENOMEM')
    perform(session, { op: 'inject', event: 'MEM_GOING_OFFLINE', errno: 0 })
    expect(errnoOf(session, offline)).toBeUndefined()
  })

  test('adds and removes memory as a driver of the kernel does', () => {
    const session = boot()
    const range = { start: 8 * GIB, end: 9 * GIB }
    perform(session, { op: 'add', ...range, node: 0 })
    onlineBlock(session.machine, blockId(64))
    expect(errnoOf(session, { op: 'remove', ...range })).toBe('EBUSY')
    perform(session, { op: 'offline-and-remove', ...range })
    expect(session.machine.tree.lookup(stateOf(64))).toBeUndefined()
  })
})

describe('memory under a name', () => {
  const TAKEN: readonly (readonly [string, MachineOperation])[] = [
    ['a file', { op: 'fill', file: 'm', node: 0, mib: 3.5, policy: 'bind' }],
    ['a program', { op: 'allocate', name: 'm', as: 'anonymous', node: 0, mib: 2, policy: 'bind' }],
    ['the kernel', { op: 'allocate', name: 'm', as: 'kernel', node: 0, mib: 2, policy: 'prefer' }],
    ['an obstacle', { op: 'obstruct', name: 'm', block: 2, pages: 3 }],
    ['free huge pages', { op: 'take-huge', name: 'm', node: 0, count: 2, state: 'free' }],
    ['huge pages in use', { op: 'take-huge', name: 'm', node: 0, count: 2, state: 'used' }],
  ]

  test.each(TAKEN)('of %s is taken once, and given back whole', (_, take) => {
    const session = boot()
    const before = freePages(session.machine)
    perform(session, take)
    expect(freePages(session.machine)).toBeLessThan(before)
    expect(errnoOf(session, take)).toBe('EEXIST')
    expect(perform(session, { op: 'drop', file: 'm' })).toEqual({ isIntact: true })
    expect(freePages(session.machine)).toBe(before)
    expect(errnoOf(session, { op: 'drop', file: 'm' })).toBe('EINVAL')
  })

  test('is not intact where a page holds something else', () => {
    const session = boot()
    perform(session, { op: 'fill', file: 'f', node: 0, mib: 1, policy: 'bind' })
    for (const { pages } of session.machine.state.memory.sections.separated.values()) {
      pages?.owned?.data.fill(1)
    }
    expect(perform(session, { op: 'drop', file: 'f' })).toEqual({ isIntact: false })
  })

  test('does not move while it is pinned, page by page', () => {
    const session = withDimm()
    const { machine } = session
    perform(session, { op: 'fill', file: 'f', node: 0, mib: 1, policy: 'bind' })
    const first = [...machine.state.memory.allocations.values()].find(({ name }) => name === 'f')
    const block = Math.floor((first?.pages[7] ?? 0) / machine.geometry.pagesPerBlock)
    const offline = () => offlineBlock(machine, blockId(block))
    perform(session, { op: 'pin', name: 'f', first: 7, pages: 1 })
    expect(refusalOf(offline)).toBeDefined()
    perform(session, { op: 'unpin', name: 'f', first: 7 })
    expect(refusalOf(offline)).toBeUndefined()
    expect(errnoOf(session, { op: 'pin', name: 'f', first: 4096 })).toBe('EINVAL')
  })

  test('is what it was after a return to a snapshot, and so is the machine', () => {
    const session = withDimm()
    perform(session, { op: 'fill', file: 'kept', node: 0, mib: 1, policy: 'prefer' })
    const before = fingerprint(session.machine)
    perform(session, { op: 'snapshot', name: 's' })
    perform(session, { op: 'drop', file: 'kept' })
    perform(session, { op: 'fill', file: 'later', node: 0, mib: 1, policy: 'prefer' })
    perform(session, { op: 'restore', name: 's' })
    expect(fingerprint(session.machine)).toBe(before)
    expect([...session.memory.keys()]).toEqual(['kept'])
    expect(errnoOf(session, { op: 'restore', name: 'other' })).toBe('EINVAL')
  })

  test('of the pool of huge pages goes the four ways there are', () => {
    const session = boot()
    const before = freePages(session.machine)
    const go = (op: 'reserve-huge' | 'use-huge' | 'release-huge' | 'shrink-huge') =>
      errnoOf(session, { op, node: 0, count: 2 })
    expect(go('use-huge')).toBe('ENOMEM')
    expect([go('reserve-huge'), go('use-huge')]).toEqual([undefined, undefined])
    expect(go('shrink-huge')).toBe('ENOMEM')
    expect([go('release-huge'), go('shrink-huge')]).toEqual([undefined, undefined])
    expect(freePages(session.machine)).toBe(before)
  })
})

describe('an answer', () => {
  test('is a refusal in the words of traces, after the machine has settled', () => {
    const session = boot()
    expect(answerOperation(session, { op: 'plug', id: 'dimm', mib: 1024, node: 0 })).toEqual({})
    expect(session.machine.tree.lookup(stateOf(39))).toBeDefined()
    const again = answerOperation(session, { op: 'plug', id: 'dimm', mib: 1024, node: 0 })
    expect(again.error).toContain('dimm')
    const write = { op: 'write', path: stateOf(32), value: 'nonsense' } as const
    expect(answerOperation(session, write)).toEqual({ errno: 'EINVAL' })
    expect(answerOperation(session, { ...write, value: 'online' })).toEqual({ errno: null })
  })

  test('is that there is no room, or no such file, and not an error', () => {
    const session = boot()
    const fill = { op: 'fill', file: 'f', node: 0, mib: 4096, policy: 'prefer' } as const
    expect(answerOperation(session, fill)).toEqual({ ok: false })
    expect(answerOperation(session, { op: 'drop', file: 'f' })).toEqual({ ok: false })
    expect(answerOperation(session, { ...fill, mib: 1 })).toEqual({ ok: true })
    expect(answerOperation(session, { op: 'drop', file: 'f' })).toEqual({ ok: true })
  })

  test('is refused by a trace’s place where the machine has no platform to ask', () => {
    const session = openSession(createMachine(GUEST, { archs: [x86_64], drivers: [] }))
    const refusal = refusalOf(() => answerOperation(session, { op: 'unplug', id: 'dimm' }))
    expect(refusal).toMatchObject({ code: 'BAD_TRACE', detail: { place: 'op' } })
  })
})
