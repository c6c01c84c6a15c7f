import {
  addMemory,
  allocateTracked,
  blockId,
  fingerprint,
  GIB,
  injectNotifierError,
  type Machine,
  type MachineDescription,
  nodeId,
  offlineAndRemoveMemory,
  offlineBlock,
  onlineBlock,
  platformOf,
  removeMemory,
  settle,
  V6_1,
} from '@memhp/core'
import { transactionSteps } from '@memhp/core/inspect'
import { notifyDevice } from '@memhp/driver-acpi'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { type SweepOperation, sweepFaults } from '../src/index'
import { bytesOf, EJECT, makeGuest, numbers, plug, statesOf, write } from './machines'

const DEVICE = numbers(32, 39)
const ERRNOS = ['ENOMEM', 'EBUSY', 'EPERM'] as const

const online = (machine: Machine, ids: readonly number[]): void => {
  for (const id of ids) onlineBlock(machine, blockId(id), 'online_movable')
}

const fill = (machine: Machine): void =>
  void allocateTracked(machine, {
    name: 'page cache',
    kind: 'file',
    pageCount: 300 * 256,
    nodeId: nodeId(1),
    policy: 'bind',
  })

const plugDevice = (machine: Machine): void =>
  plug(machine, { id: 'dimm', sizeBytes: GIB, node: 1 })

/** The platform's half of plugging: the kernel deals with it when the machine settles. */
const insertDevice = (machine: Machine): void =>
  void platformOf(machine, 'acpi').plug(machine, { id: 'dimm', sizeBytes: GIB, node: 1 })

interface Operation extends SweepOperation {
  readonly guest?: Partial<MachineDescription>
  /** Questions to the notifiers that refuse it. */
  readonly refusedBy?: readonly ('MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE')[]
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'add',
    act: (machine) => addMemory(machine, { range: bytesOf(32, 33), nodeId: nodeId(1) }),
  },
  {
    name: 'add, with its own memmap in it',
    guest: { cmdline: 'memory_hotplug.memmap_on_memory=1' },
    act: (machine) =>
      addMemory(machine, { range: bytesOf(40, 40), nodeId: nodeId(1), memmapOnMemory: true }),
  },
  {
    name: 'a device is plugged',
    prepare: insertDevice,
    act: settle,
    hasFailed: (machine) => statesOf(machine, DEVICE).includes('-'),
    again: (machine) => {
      notifyDevice(machine, { device: 'PNP0C80:00', event: 'deviceCheck' })
      settle(machine)
    },
  },
  {
    name: 'a device is plugged and its blocks go online',
    guest: { autoOnlineBlocks: 'online' },
    prepare: insertDevice,
    act: settle,
    hasFailed: (machine) => statesOf(machine, DEVICE).includes('-'),
    again: (machine) => {
      notifyDevice(machine, { device: 'PNP0C80:00', event: 'deviceCheck' })
      settle(machine)
    },
    tolerates: ({ operation }) => operation === 'online',
  },
  {
    name: 'a block goes online',
    refusedBy: ['MEM_GOING_ONLINE'],
    prepare: plugDevice,
    act: (machine) => void onlineBlock(machine, blockId(33), 'online_kernel'),
  },
  {
    name: 'the second block goes online',
    refusedBy: ['MEM_GOING_ONLINE'],
    prepare: (machine) => {
      plugDevice(machine)
      online(machine, [35])
    },
    act: (machine) => void onlineBlock(machine, blockId(33)),
  },
  {
    name: 'a boot block goes offline',
    refusedBy: ['MEM_GOING_OFFLINE'],
    act: (machine) => void offlineBlock(machine, blockId(8)),
  },
  {
    name: 'the last block of a node goes offline',
    refusedBy: ['MEM_GOING_OFFLINE'],
    prepare: (machine) => {
      plugDevice(machine)
      online(machine, [36])
    },
    act: (machine) => void offlineBlock(machine, blockId(36)),
  },
  {
    name: 'a block in use goes offline',
    refusedBy: ['MEM_GOING_OFFLINE'],
    prepare: (machine) => {
      plugDevice(machine)
      online(machine, [33, 34, 35, 36])
      fill(machine)
    },
    act: (machine) => void offlineBlock(machine, blockId(33)),
    leaves: ({ step }) => (['dissolve', 'emptied'].includes(step) ? ['moved-pages'] : []),
  },
  {
    name: 'offline memory is removed',
    prepare: (machine) => addMemory(machine, { range: bytesOf(64, 67), nodeId: nodeId(1) }),
    act: (machine) => removeMemory(machine, { range: bytesOf(64, 67) }),
  },
  {
    name: 'online memory is taken offline and removed',
    refusedBy: ['MEM_GOING_OFFLINE'],
    prepare: (machine) => {
      addMemory(machine, { range: bytesOf(64, 67), nodeId: nodeId(1) })
      online(machine, [64, 65, 67])
    },
    act: (machine) => offlineAndRemoveMemory(machine, { range: bytesOf(64, 67) }),
  },
  {
    name: 'a device with offline blocks is ejected',
    prepare: plugDevice,
    act: (machine) => void write(machine, EJECT, '1'),
    hasFailed: (machine) => !statesOf(machine, DEVICE).every((state) => state === '-'),
  },
  {
    name: 'a device with online blocks is ejected',
    prepare: (machine) => {
      plugDevice(machine)
      for (const id of [33, 36]) onlineBlock(machine, blockId(id), 'online_kernel')
    },
    act: (machine) => void write(machine, EJECT, '1'),
    hasFailed: (machine) => !statesOf(machine, DEVICE).every((state) => state === '-'),
    // The second pass takes what the first one could not.
    tolerates: ({ operation }) => operation === 'offline',
    leaves: ({ operation }) => (operation === 'remove' ? ['half-removed-device'] : []),
  },
  {
    name: 'an LMB is removed',
    guest: { arch: 'ppc64le', drivers: { pseries: { slots: 4 } } },
    prepare: (machine) => plug(machine, { id: 'dimm', sizeBytes: GIB / 2, node: 1 }),
    act: (machine) => machine.tree.write('/sys/kernel/dlpar', 'memory remove index 0x80000009'),
    leaves: ({ operation }) => (operation === 'remove' ? ['half-removed-device'] : []),
  },
]

/** Every step of core that may refuse. A new one must be reached by some operation above. */
const STEPS = Object.entries(transactionSteps(V6_1)).flatMap(([transaction, { mayRefuse }]) =>
  mayRefuse.map((step) => `${transaction}/${step}`),
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
      operation.prepare?.(machine)
      const before = fingerprint(machine)
      for (const errno of ERRNOS) {
        for (const event of operation.refusedBy ?? []) {
          injectNotifierError(machine, { event, errno })
          expect(() => operation.act(machine)).toThrow(expect.objectContaining({ errno }))
          injectNotifierError(machine, { event, errno: null })
          expect(fingerprint(machine)).toBe(before)
          checkInvariants(machine)
        }
      }
      operation.act(machine)
      checkInvariants(machine)
    },
  )
})
