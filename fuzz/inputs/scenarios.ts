// Scenarios whose machine and steps are drawn.
import * as fc from 'fast-check'
import { stringify } from 'yaml'
import type { CommandInput } from '../input'

/** One of the values that are right, or one that is not. */
const bigOrSmall = (...values: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...values) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<unknown>(
        0,
        -1,
        1,
        999_999_999,
        100_000,
        1e308,
        '2P',
        '16E',
        '0-60000',
        '0-4294967295',
        '9007199254740993',
        '1T',
        '',
        null,
        [],
        {},
        '0x10',
        0.5,
        '64T',
      ),
    },
  )

const optional = <T>(fields: { readonly [Key in keyof T]: fc.Arbitrary<T[Key]> }) =>
  fc.record<T, never>(fields, { requiredKeys: [] })

const window = optional({
  start: bigOrSmall('4G', '2G', '1T'),
  end: bigOrSmall('8G', '64G'),
})
const firmware = fc.oneof(
  fc.constant({}),
  fc.record({
    acpi: optional({ slots: bigOrSmall(1, 4, 16), window, alignment: bigOrSmall('128M', '1G') }),
  }),
  fc.record({ drivers: fc.record({ acpi: optional({ slots: bigOrSmall(4) }) }) }),
  fc.record({
    arch: fc.constant('ppc64le'),
    drivers: fc.record({ pseries: optional({ slots: bigOrSmall(4) }) }),
  }),
)
const memory = fc.oneof(
  { weight: 3, arbitrary: bigOrSmall('1G', '2G', '512M') },
  {
    weight: 1,
    arbitrary: fc.array(
      fc
        .tuple(
          fc.record({ node: bigOrSmall(0, 1, 2), size: bigOrSmall('1G', '512M', 0) }),
          optional({ cpus: bigOrSmall('0-1', '2'), distances: bigOrSmall([10], [10, 20]) }),
        )
        .map((parts) => Object.assign({}, ...parts) as object),
      { minLength: 1, maxLength: 3 },
    ),
  },
)
const machine = fc
  .tuple(
    fc.record({ memory }),
    firmware,
    optional({
      kernel: bigOrSmall('v6.1', 'v6.12', 'rfc9'),
      cpus: bigOrSmall(1, 2, 64),
      'possible-nodes': bigOrSmall('0-1', '0-2'),
      'block-size': bigOrSmall('128M', '256M', '1G'),
      layout: bigOrSmall('pc', 'flat'),
      cmdline: bigOrSmall(
        'movable_node',
        'kernelcore=1G',
        'movablecore=512M',
        'numa=off',
        'memhp_default_state=online',
      ),
      seed: bigOrSmall(1),
    }),
  )
  .map((parts) => Object.assign({}, ...parts) as object)

const named = bigOrSmall('a', 'b')
const blocks = bigOrSmall(0, 7, '8-9', 32, '32-35')
const step: fc.Arbitrary<unknown> = fc.oneof(
  fc.constant('check'),
  fc.record({
    plug: fc.record({ id: named, size: bigOrSmall('128M', '256M'), node: bigOrSmall(0, 1) }),
  }),
  fc.record({ unplug: named }),
  fc.record({
    online: fc.oneof(blocks, fc.record({ blocks, zone: bigOrSmall('kernel', 'movable') })),
  }),
  fc.record({ offline: blocks }),
  fc.record({
    fill: fc.record({ name: named, size: bigOrSmall('1M', '200M'), node: bigOrSmall(0) }),
  }),
  fc.record({ drop: named }),
  fc.record({ pin: fc.record({ name: named, pages: bigOrSmall(1, 100) }) }),
  fc.record({ unmovable: fc.record({ name: named, block: bigOrSmall(0, 7, 32) }) }),
  fc.record({
    hugepages: fc.record({ name: named, count: bigOrSmall(1, 90), node: bigOrSmall(0) }),
  }),
  fc.record({ poison: fc.record({ block: bigOrSmall(0, 7, 32), page: bigOrSmall(0, 4000) }) }),
  fc.record({
    write: fc.record({
      path: bigOrSmall('memory32/state', '/proc/iomem'),
      value: bigOrSmall('online', '1'),
    }),
  }),
  fc.record({ snapshot: named }),
  fc.record({ restore: named }),
  fc.record({
    expect: fc.record(
      {
        blocks: fc.record({ 32: bigOrSmall('absent', 'offline') }),
        'mem-total': bigOrSmall('+1G', 0),
        uevents: bigOrSmall(['online memory32'], []),
      },
      { requiredKeys: [] },
    ),
  }),
)

/** Steps that give the names that later ones use. */
const NAMED = [
  { fill: { name: 'a', size: '1M' } },
  { fill: { name: 'b', size: '2M' } },
  { snapshot: 'a' },
  { snapshot: 'b' },
]

/** A scenario whose machine and steps are drawn, and values without a bound among them. */
export const drawnScenario: fc.Arbitrary<CommandInput> = fc
  .record({
    machine,
    steps: fc.array(step, { minLength: 1, maxLength: 6 }),
    flags: fc.subarray(['--check', '--changes', '--json', '--keep-going', '--events']),
  })
  .map(({ machine: described, steps, flags }) => ({
    kind: 'scenario',
    entries: [
      {
        path: 'scenario.yaml',
        text: stringify({
          'memhp-scenario': 1,
          title: 't',
          machine: described,
          steps: [...NAMED, ...steps],
        }),
      },
    ],
    lines: [['run', 'scenario.yaml', ...flags]],
    stdin: '',
  }))
