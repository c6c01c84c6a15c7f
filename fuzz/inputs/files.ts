// Inputs whose files are damaged: captures, copies of a host, recordings and scenarios.
import * as fc from 'fast-check'
import { CAPTURES, REPORTS, SCENARIOS, TRACES, TREES } from '../bases'
import { type CommandInput, type Entry, ODD_FILES, type TreeChange } from '../input'
import { damagedTextOf, digits, oddText, packing, textDamages } from './values'
import { anyLine, reading, usingCapture } from './words'

/** The 24 GiB of one host take long to twin: a small share of the inputs. */
const captureBases = CAPTURES.flatMap((name) =>
  name.includes('24-gib') ? [`capture:${name}`] : Array(3).fill(`capture:${name}`),
)

const prefixed = (kind: string, names: readonly string[]): readonly string[] =>
  names.map((name) => `${kind}:${name}`)

const SCENARIO_BASES = prefixed('scenario', SCENARIOS)
const TRACE_BASES = prefixed('trace', TRACES)

const damagedFile = (path: string, bases: readonly string[]): fc.Arbitrary<Entry> =>
  fc.record({ path: fc.constant(path), damaged: damagedTextOf(bases), packing })

const oddFile = (path: string): fc.Arbitrary<Entry> =>
  fc.record({ path: fc.constant(path), odd: fc.constantFrom(...ODD_FILES) })

const input = (
  kind: CommandInput['kind'],
  entries: fc.Arbitrary<Entry[]>,
  lines: fc.Arbitrary<string[][]>,
): fc.Arbitrary<CommandInput> =>
  fc.record({ kind: fc.constant(kind), entries, lines, stdin: fc.constant('') })

/** A capture that is damaged, and commands that read it or make a machine of it. */
export const captureInput: fc.Arbitrary<CommandInput> = input(
  'capture',
  damagedFile('host.json.gz', captureBases).map((entry) => [entry]),
  fc
    .tuple(reading(['host.json.gz']), usingCapture('host.json.gz'))
    .map(([first, second]) => [first, second]),
)

const path = fc.constantFrom(
  '/sys/devices/system/memory/memory99999999999999999999/state',
  '/sys/devices/system/memory/memory9007199254740993/state',
  '/sys/devices/system/memory/memory4294967296/state',
  '/sys/devices/system/memory/memory/state',
  '/sys/devices/system/memory/memory01/state',
  '/sys/devices/system/memory/memory5/node1',
  '/sys/devices/system/memory/memoryx',
  '/sys/devices/system/node/node4294967296/meminfo',
  '/sys/devices/system/node/node1024/cpulist',
  '/sys/devices/system/node/node3/meminfo',
  '/sys/bus/acpi/devices/PNP0C80:ffffffff/status',
  '/sys/firmware/memmap/0/start',
  '/proc/device-tree/ibm,dynamic-reconfiguration-memory/ibm,lmb-size',
  '/proc/kpageflags',
)

/** Names of files that the readers look for. */
const NAMES = [
  'valid_zones',
  'state',
  'online',
  'removable',
  'phys_index',
  'phys_device',
  'block_size_bytes',
  'auto_online_blocks',
  'zoneinfo',
  'iomem',
  'meminfo',
  'buddyinfo',
  'cmdline',
  'version',
  'node0',
  'node1',
  'cpulist',
  'distance',
  'possible',
  'has_memory',
  'status',
  'path',
  'firmware_node',
]
const name = fc.constantFrom(...NAMES)
const pick = fc.nat(5000)
const place = fc.nat(3)

const treeChange: fc.Arbitrary<TreeChange> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('gone' as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('branch-gone' as const),
      pick,
      up: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('name-gone' as const), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('text' as const), pick, text: oddText }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('name-text' as const), name, text: oddText }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('digits' as const), pick, digits, place }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('renamed' as const), pick, digits, place }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('odd' as const),
      pick,
      odd: fc.constantFrom(...ODD_FILES),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('added' as const), path, text: oddText }),
  },
)

const TAKE = ['capture', '--sysroot', 'tree', '-o', 'out.json.gz', '--no-pages']

/**
 * A copy of a host with odd files: it is listed and captured, the capture is listed, and its twin is. What all four tell
 * of the blocks is compared. The fifth command asks for something else.
 */
export const sysrootInput: fc.Arbitrary<CommandInput> = input(
  'sysroot',
  fc
    .record({
      path: fc.constant('tree'),
      tree: fc.constantFrom(...TREES),
      changes: fc.array(treeChange, { maxLength: 4 }),
    })
    .map((entry) => [entry]),
  fc
    .tuple(
      fc.constantFrom([], ['--arch', 'x86_64'], ['--arch', 'ppc64le']),
      fc.constantFrom([], ['--redact'], ['--hostname']),
      reading(['--sysroot', 'tree']),
      usingCapture('out.json.gz'),
    )
    .map(([arch, redact, read, use]) => [[...TAKE, ...arch, ...redact], read, use]),
)

const REPORT_BASES = [
  ...prefixed('report', REPORTS),
  ...prefixed('proc', ['/proc/iomem', '/proc/zoneinfo', '/proc/meminfo', '/proc/buddyinfo']),
]

const reportFile = (name: string): fc.Arbitrary<Entry> =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        path: fc.constant(name),
        damaged: fc.record({
          base: fc.constantFrom(...REPORT_BASES),
          damages: fc.constant([]),
          texts: textDamages,
        }),
        packing,
      }),
    },
    { weight: 1, arbitrary: oddFile(name) },
  )

const FROM = ['capture', '-o', 'out.json.gz', '--arch', 'x86_64', '--from', 'a', 'b']

/** Texts of a report that are damaged: they are joined, what comes of it is read and made a machine of, and a log explained. */
export const reportInput: fc.Arbitrary<CommandInput> = input(
  'report',
  fc.tuple(reportFile('a'), reportFile('b'), reportFile('c')).map((entries) => [...entries]),
  fc
    .tuple(
      fc.oneof(
        { weight: 4, arbitrary: fc.constant(['c']) },
        { weight: 1, arbitrary: fc.constantFrom(['lsmem=c'], ['dmesg=c'], ['daxctl=c', '.']) },
      ),
      fc.constantFrom([], ['--block-size', '2G'], ['--redact']),
      reading(['out.json.gz']),
      usingCapture('out.json.gz'),
      fc.constantFrom(['--dmesg', 'c'], ['1', 'EBUSY', '--capture', 'out.json.gz', '--dmesg', 'c']),
    )
    .map(([more, flags, read, use, log]) => [
      [...FROM, ...more, ...flags],
      read,
      use,
      ['explain', ...log, '--json'],
    ]),
)

/** A recording that is damaged, and its replay. */
export const traceInput: fc.Arbitrary<CommandInput> = input(
  'trace',
  damagedFile('trace.json', TRACE_BASES).map((entry) => [entry]),
  fc
    .constantFrom<string[]>(
      ['replay', 'trace.json'],
      ['replay', '--json', 'trace.json'],
      ['replay', '.'],
    )
    .map((line) => [line]),
)

const runFlags = fc.subarray([
  '--events',
  '--log',
  '--changes',
  '--check',
  '--keep-going',
  '--json',
])

/** A scenario that is damaged, and commands that run it. */
export const damagedScenario: fc.Arbitrary<CommandInput> = input(
  'scenario',
  damagedFile('scenario.yaml', SCENARIO_BASES).map((entry) => [entry]),
  fc
    .oneof(
      { weight: 3, arbitrary: runFlags.map((flags) => ['run', 'scenario.yaml', ...flags]) },
      { weight: 1, arbitrary: reading(['--scenario', 'scenario.yaml']) },
      {
        weight: 1,
        arbitrary: fc.constantFrom<string[]>(
          ['shell', 'scenario.yaml', '-c', 'check; dmesg; uevents'],
          ['shell', 'scenario.yaml', '--until', '1', '-c', 'tree /sys'],
        ),
      },
    )
    .map((line) => [line]),
)

const mostlyRight = (file: string, bases: readonly string[]): fc.Arbitrary<Entry> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(...bases).map(
        (base): Entry => ({
          path: file,
          damaged: { base, damages: [], texts: [] },
          packing: file.endsWith('.gz') ? 'packed' : 'plain',
        }),
      ),
    },
    { weight: 1, arbitrary: damagedFile(file, bases) },
  )

/** Files that are mostly right, and command lines that are not. */
export const flagsInput: fc.Arbitrary<CommandInput> = input(
  'flags',
  fc
    .tuple(
      mostlyRight('host.json.gz', ['capture:x86_64-one-node', 'capture:x86_64-three-nodes']),
      mostlyRight('host.json', ['capture:ppc64le-radix-three-nodes']),
      mostlyRight('trace.json', TRACE_BASES),
      mostlyRight('scenario.yaml', SCENARIO_BASES),
      fc.record({
        path: fc.constant('tree'),
        tree: fc.constant('two-nodes'),
        changes: fc.array(treeChange, { maxLength: 1 }),
      }),
      oddFile('odd.json'),
      oddFile('odd.yaml'),
      fc.constant<Entry>({ path: 'empty.json', text: '' }),
    )
    .map((entries): Entry[] => entries),
  fc.array(anyLine, { minLength: 1, maxLength: 3 }),
)
