// Operations on machines and steps of scenarios, right ones and others.
import type { MachineOperation } from '@memhp/trace'
import * as fc from 'fast-check'
import { oddText } from './values'

const name = fc.constantFrom('a', 'b', 'c')
const node = fc.oneof(
  { weight: 6, arbitrary: fc.nat(2) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 0.5, 1024, 2 ** 31, Number.NaN) },
)
/** MiB. 64 TiB is what four levels reach, 1 PiB what few machines with five ever will. */
const mib = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(128, 256, 512, 1024) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 1, 100, -128, 0.5, 2 ** 26, 2 ** 30, 2 ** 53, Number.NaN),
  },
)
const count = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 600 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1, 0.5, 1e6, 2 ** 53, Number.NaN) },
)
const block = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0, 1, 7, 8, 16, 31, 32, 33, 39) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 0.5, 99, 2 ** 31, 2 ** 53) },
)
const address = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.integer({ min: 0, max: 96 }).map((blocks) => blocks * 128 * 2 ** 20),
  },
  { weight: 1, arbitrary: fc.constantFrom(-1, 1, 4096, 2 ** 46, 2 ** 52, 2 ** 60, Number.NaN) },
)

const stateWord = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('online', 'offline', 'online_movable', 'online_kernel', '1', '0'),
  },
  { weight: 1, arbitrary: oddText },
)

const write = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ id: block, file: fc.constantFrom('state', 'online'), value: stateWord })
      .map(({ id, file, value }) => ({
        op: 'write' as const,
        path: `/sys/devices/system/memory/memory${id}/${file}`,
        value,
      })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('write' as const),
      path: fc.constantFrom(
        '/sys/devices/system/memory/auto_online_blocks',
        '/sys/devices/system/memory/probe',
        '/sys/devices/system/memory/hard_offline_page',
        '/sys/devices/system/memory/soft_offline_page',
        '/sys/bus/acpi/devices/PNP0C80:00/eject',
        '/sys/kernel/dlpar',
        '/sys/module/memory_hotplug/parameters/online_policy',
        '/sys/kernel/debug/notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error',
        '/proc/iomem',
        '/',
        '',
      ),
      value: fc.oneof(
        stateWord,
        fc.constantFrom(
          'auto-movable',
          '0x100000000',
          'memory add count 1',
          'memory remove count 99999999',
          'memory remove index 0x80000004',
          'memory add indexed-count 4 0x80000000',
          '-12',
        ),
      ),
    }),
  },
)

const range = fc.record({ start: address, end: address })
const policy = fc.constantFrom('prefer' as const, 'bind' as const)

const optional = <T>(of: fc.Arbitrary<T>, key: string): fc.Arbitrary<Record<string, T>> =>
  fc.option(of).map((value) => (value === null ? {} : { [key]: value }))

/** The record, with some of the keys that it may have. */
const withOptional = <T extends MachineOperation>(
  required: fc.Arbitrary<T>,
  ...more: readonly fc.Arbitrary<object>[]
): fc.Arbitrary<T> =>
  fc.tuple(required, ...more).map(([first, ...rest]): T => Object.assign({}, first, ...rest))

const plug = withOptional(
  fc.record({ op: fc.constant('plug' as const), id: name, mib, node }),
  optional(address, 'address'),
  optional(fc.constantFrom(0, 1, 3, 9, -1), 'slot'),
)

/** Something that is done to a machine, with values that it may refuse. */
export const operation: fc.Arbitrary<MachineOperation> = fc.oneof(
  { weight: 4, arbitrary: plug },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('unplug' as const), id: name }) },
  { weight: 6, arbitrary: write },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('fill' as const), file: name, node, mib, policy }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('drop' as const), file: name }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('inject' as const),
      event: fc.constantFrom('MEM_GOING_ONLINE' as const, 'MEM_GOING_OFFLINE' as const),
      errno: fc.constantFrom(0, -12, -16, 1, -99_999),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('allocate' as const),
      name,
      as: fc.constantFrom('anonymous' as const, 'kernel' as const),
      node,
      mib,
      policy,
    }),
  },
  {
    weight: 1,
    arbitrary: withOptional(
      fc.record({ op: fc.constantFrom('pin' as const, 'unpin' as const), name }),
      optional(count, 'first'),
      optional(count, 'pages'),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('obstruct' as const), name, block, pages: count }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('take-huge' as const),
      name,
      node,
      count,
      state: fc.constantFrom('free' as const, 'used' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constantFrom(
        'reserve-huge' as const,
        'use-huge' as const,
        'release-huge' as const,
        'shrink-huge' as const,
      ),
      node,
      count,
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(range, node, fc.constantFrom({}, { memmapOnMemory: true as const }))
      .map(([bytes, id, flags]) => ({ op: 'add' as const, ...bytes, node: id, ...flags })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('remove' as const, 'offline-and-remove' as const), range)
      .map(([op, bytes]) => ({ op, ...bytes })),
  },
  { weight: 1, arbitrary: fc.constant({ op: 'settle' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constantFrom('snapshot' as const, 'restore' as const),
      name: fc.constantFrom('s', 't'),
    }),
  },
)
