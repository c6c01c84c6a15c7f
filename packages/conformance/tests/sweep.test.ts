// Every injection point of every operation fails once, on a choice of machines; sweep-all.test.ts has the others.
import {
  fingerprint,
  injectNotifierError,
  type MachineDescription,
  type OnlineType,
} from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import { type MachineOperation, openSession, perform } from '@memhp/trace'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../tests/thorough'
import { DONE_OTHERWISE, injectionPointsOf, NOT_ROLLED_BACK } from '../src/index'
import { blockFile, bytesOf, makeGuest } from './machines'
import { type Choice, casesOf, cleanCount, messagesOf, named } from './sweeps'

const X86 = { arch: 'x86_64', variant: 'four levels' }

/** One machine whole, and of others what is theirs. */
const FEW: readonly Choice[] = [
  { ...X86, kernel: 'v6.1', pairs: draws(60) },
  { ...X86, kernel: 'v6.12', operation: 'comes online', pairs: draws(10) },
  { ...X86, kernel: 'v7.3', operation: 'memory is' },
  { ...X86, kernel: 'v7.3', operation: 'block' },
  { ...X86, kernel: 'v3.10', operation: 'movable' },
  { ...X86, kernel: 'v3.10', operation: 'online blocks is ejected', pairs: draws(10) },
  { ...X86, kernel: 'rfc9', operation: 'removed', pairs: draws(10) },
  { ...X86, kernel: 'rfc9', operation: 'is plugged' },
  { ...X86, kernel: 'rfc9', operation: 'online blocks is ejected' },
  { ...X86, kernel: 'rfc9', operation: 'a block comes online' },
  { arch: 'ppc64le', variant: 'radix', kernel: 'v6.1', operation: 'LMB', pairs: draws(20) },
  {
    arch: 'ppc64le',
    variant: 'radix',
    kernel: 'v6.1',
    operation: 'firmware asks',
    pairs: draws(10),
  },
  { arch: 'ppc64le', variant: 'hash', kernel: 'v6.1', operation: 'memory is added' },
  { arch: 's390x', variant: 'EDAT1', kernel: 'v6.12', operation: 'standby memory' },
  { arch: 'x86_32', variant: 'PAE', kernel: 'v3.10', operation: 'memory is added' },
]

describe('every injection point fails once, and the machine is what it was', () => {
  const points = injectionPointsOf()

  test.each(named(FEW))('%s', (_, choice) => {
    expect(messagesOf(choice)).toEqual([])
    expect(cleanCount(choice)).toBeGreaterThan(4)
  })

  test('no point is unreachable, and none is passed that is not declared', () => {
    const passed = FEW.flatMap(casesOf).flatMap((each) =>
      each.kind === 'operation' ? each.passed : [],
    )
    expect([...new Set(passed)].sort()).toEqual(points.map(({ name }) => name).sort())
  })

  test('what points leave is listed', () => {
    const known = [...NOT_ROLLED_BACK, ...DONE_OTHERWISE].map(({ id }) => id)
    const unknown = points.flatMap(({ leaves = [] }) => leaves.filter((id) => !known.includes(id)))
    expect(unknown).toEqual([])
  })
})

const ERRNOS = ['ENOMEM', 'EBUSY', 'EPERM'] as const

const put = (id: number, value: OnlineType): MachineOperation => ({
  op: 'write',
  path: blockFile(id, 'state'),
  value,
})
const online = (...ids: readonly number[]): readonly MachineOperation[] =>
  ids.map((id) => put(id, 'online_movable'))
const FILL: MachineOperation = {
  op: 'fill',
  file: 'page cache',
  mib: 300,
  node: 1,
  policy: 'bind',
}
const PLUG: readonly MachineOperation[] = [
  { op: 'plug', id: 'dimm', mib: 1024, node: 1 },
  { op: 'settle' },
]
const ADD: MachineOperation = { op: 'add', ...bytesOf(64, 67), node: 1 }

interface Operation {
  readonly name: string
  readonly guest?: Partial<MachineDescription>
  readonly prepare?: readonly MachineOperation[]
  readonly operations: readonly MachineOperation[]
  /** The question to the notifiers that refuse it. */
  readonly refusedBy: 'MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE'
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'a block goes online',
    refusedBy: 'MEM_GOING_ONLINE',
    prepare: PLUG,
    operations: [put(33, 'online_kernel')],
  },
  {
    name: 'the second block goes online',
    refusedBy: 'MEM_GOING_ONLINE',
    prepare: [...PLUG, ...online(35)],
    operations: [put(33, 'online')],
  },
  {
    name: 'a boot block goes offline',
    refusedBy: 'MEM_GOING_OFFLINE',
    operations: [put(8, 'offline')],
  },
  {
    name: 'the last block of a node goes offline',
    refusedBy: 'MEM_GOING_OFFLINE',
    prepare: [...PLUG, ...online(36)],
    operations: [put(36, 'offline')],
  },
  {
    name: 'a block in use goes offline',
    refusedBy: 'MEM_GOING_OFFLINE',
    prepare: [...PLUG, ...online(33, 34, 35, 36), FILL],
    operations: [put(33, 'offline')],
  },
  {
    name: 'online memory is taken offline and removed',
    refusedBy: 'MEM_GOING_OFFLINE',
    prepare: [ADD, ...online(64, 65, 67)],
    operations: [{ op: 'offline-and-remove', ...bytesOf(64, 67) }],
  },
]

describe('a notifier refuses, and the machine is what it was', { timeout: 60_000 }, () => {
  test.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
    '%s',
    (_, operation) => {
      const machine = makeGuest(operation.guest)
      const session = openSession(machine)
      const act = (operations: readonly MachineOperation[] = []): void => {
        for (const each of operations) perform(session, each)
      }
      act(operation.prepare)
      const before = fingerprint(machine)
      for (const errno of ERRNOS) {
        const event = operation.refusedBy
        injectNotifierError(machine, { event, errno })
        expect(() => act(operation.operations)).toThrow(expect.objectContaining({ errno }))
        injectNotifierError(machine, { event, errno: null })
        expect(fingerprint(machine)).toBe(before)
        checkInvariants(machine)
      }
      act(operation.operations)
      checkInvariants(machine)
    },
  )
})
