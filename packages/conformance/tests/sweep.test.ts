import {
  fingerprint,
  injectNotifierError,
  type Machine,
  type MachineDescription,
  type OnlineType,
  settle,
  V6_1,
} from '@memhp/core'
import { transactionSteps } from '@memhp/core/inspect'
import { notifyDevice } from '@memhp/driver-acpi'
import { checkInvariants } from '@memhp/invariants'
import { type MachineOperation, openSession, perform } from '@memhp/trace'
import { describe, expect, test } from 'vitest'
import { type SweepOperation, sweepFaults } from '../src/index'
import { blockFile, bytesOf, EJECT, makeGuest, numbers, statesOf } from './machines'

const DEVICE = numbers(32, 39)
const ERRNOS = ['ENOMEM', 'EBUSY', 'EPERM'] as const

const SETTLE: MachineOperation = { op: 'settle' }

const writeTo = (path: string, value: string): MachineOperation => ({ op: 'write', path, value })
const put = (id: number, word: OnlineType): MachineOperation =>
  writeTo(blockFile(id, 'state'), word)
const online = (...ids: readonly number[]): readonly MachineOperation[] =>
  ids.map((id) => put(id, 'online_movable'))
const FILL: MachineOperation = {
  op: 'fill',
  file: 'page cache',
  mib: 300,
  node: 1,
  policy: 'bind',
}

/** The platform's half of plugging: the kernel deals with it when the machine settles. */
const INSERT: MachineOperation = { op: 'plug', id: 'dimm', mib: 1024, node: 1 }
const PLUG: readonly MachineOperation[] = [INSERT, SETTLE]
const ADD: MachineOperation = { op: 'add', ...bytesOf(64, 67), node: 1 }
const EJECTION: readonly MachineOperation[] = [writeTo(EJECT, '1'), SETTLE]
const checkDevice = (machine: Machine): void => {
  notifyDevice(machine, { device: 'PNP0C80:00', event: 'deviceCheck' })
  settle(machine)
}

interface Operation extends SweepOperation {
  readonly guest?: Partial<MachineDescription>
  /** Questions to the notifiers that refuse it. */
  readonly refusedBy?: readonly ('MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE')[]
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'add',
    operations: [{ op: 'add', ...bytesOf(32, 33), node: 1 }],
  },
  {
    name: 'add, with its own memmap in it',
    guest: { cmdline: 'memory_hotplug.memmap_on_memory=1' },
    operations: [{ op: 'add', ...bytesOf(40, 40), node: 1, memmapOnMemory: true }],
  },
  {
    name: 'a device is plugged',
    prepare: [INSERT],
    operations: [SETTLE],
    hasFailed: (machine) => statesOf(machine, DEVICE).includes('-'),
    again: checkDevice,
  },
  {
    name: 'a device is plugged and its blocks go online',
    guest: { autoOnlineBlocks: 'online' },
    prepare: [INSERT],
    operations: [SETTLE],
    hasFailed: (machine) => statesOf(machine, DEVICE).includes('-'),
    again: checkDevice,
    tolerates: ({ operation }) => operation === 'online',
  },
  {
    name: 'a block goes online',
    refusedBy: ['MEM_GOING_ONLINE'],
    prepare: PLUG,
    operations: [put(33, 'online_kernel')],
  },
  {
    name: 'the second block goes online',
    refusedBy: ['MEM_GOING_ONLINE'],
    prepare: [...PLUG, ...online(35)],
    operations: [put(33, 'online')],
  },
  {
    name: 'a boot block goes offline',
    refusedBy: ['MEM_GOING_OFFLINE'],
    operations: [put(8, 'offline')],
  },
  {
    name: 'the last block of a node goes offline',
    refusedBy: ['MEM_GOING_OFFLINE'],
    prepare: [...PLUG, ...online(36)],
    operations: [put(36, 'offline')],
  },
  {
    name: 'a block in use goes offline',
    refusedBy: ['MEM_GOING_OFFLINE'],
    prepare: [...PLUG, ...online(33, 34, 35, 36), FILL],
    operations: [put(33, 'offline')],
    leaves: ({ step }) => (['dissolve', 'emptied'].includes(step) ? ['moved-pages'] : []),
  },
  {
    name: 'offline memory is removed',
    prepare: [ADD],
    operations: [{ op: 'remove', ...bytesOf(64, 67) }],
  },
  {
    name: 'online memory is taken offline and removed',
    refusedBy: ['MEM_GOING_OFFLINE'],
    prepare: [ADD, ...online(64, 65, 67)],
    operations: [{ op: 'offline-and-remove', ...bytesOf(64, 67) }],
  },
  {
    name: 'a device with offline blocks is ejected',
    prepare: PLUG,
    operations: EJECTION,
    hasFailed: (machine) => !statesOf(machine, DEVICE).every((state) => state === '-'),
  },
  {
    name: 'a device with online blocks is ejected',
    prepare: [...PLUG, put(33, 'online_kernel'), put(36, 'online_kernel')],
    operations: EJECTION,
    hasFailed: (machine) => !statesOf(machine, DEVICE).every((state) => state === '-'),
    // The second pass takes what the first one could not.
    tolerates: ({ operation }) => operation === 'offline',
    leaves: ({ operation }) => (operation === 'remove' ? ['half-removed-device'] : []),
  },
  {
    name: 'an LMB is removed',
    guest: { arch: 'ppc64le', drivers: { pseries: { slots: 4 } } },
    prepare: [{ op: 'plug', id: 'dimm', mib: 512, node: 1 }, SETTLE],
    operations: [writeTo('/sys/kernel/dlpar', 'memory remove index 0x80000009')],
    leaves: ({ operation }) => (operation === 'remove' ? ['half-removed-device'] : []),
  },
]

/** Every step of core that may refuse. A new one must be reached by some operation above. */
const STEPS = Object.entries(transactionSteps(V6_1)).flatMap(([transaction, { mayRefuse }]) =>
  // Steps of a part are listed as `part: step` and announced as `step`.
  mayRefuse.map((step) => `${transaction}/${step.replace(/^part: /, '')}`),
)

describe('every step fails once, and the machine is what it was', { timeout: 60_000 }, () => {
  const reached = new Set<string>()

  test.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
    '%s',
    (_, operation) => {
      const { guest } = operation
      const report = sweepFaults({ make: () => makeGuest(guest), operation, errnos: ERRNOS })
      for (const { operation: name, step } of report.steps) reached.add(`${name}/${step}`)
      expect(report.caseCount).toBe(report.steps.length * ERRNOS.length)
    },
  )

  test('the operations reach every step that there is', () => {
    expect([...reached].sort()).toEqual([...STEPS].sort())
  })
})

describe('a notifier refuses, and the machine is what it was', { timeout: 60_000 }, () => {
  const cases = OPERATIONS.filter(({ refusedBy }) => refusedBy !== undefined)

  test.each(cases.map((operation) => [operation.name, operation] as const))(
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
        for (const event of operation.refusedBy ?? []) {
          injectNotifierError(machine, { event, errno })
          expect(() => act(operation.operations)).toThrow(expect.objectContaining({ errno }))
          injectNotifierError(machine, { event, errno: null })
          expect(fingerprint(machine)).toBe(before)
          checkInvariants(machine)
        }
      }
      act(operation.operations)
      checkInvariants(machine)
    },
  )
})
