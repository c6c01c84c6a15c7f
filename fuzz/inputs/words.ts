// Words of command lines: right ones, and those that stand where they should not.
import * as fc from 'fast-check'
import { oddText } from './values'

/** A word that stands for a block, a node or a step. */
const smallNumber = fc.constantFrom('0', '1', '2', '7', '32', '33', '39', '100', '999999999')

const oddWord = oddText.filter((text) => text.length < 1000 && !text.includes('\0'))

const number = fc.oneof({ weight: 4, arbitrary: smallNumber }, { weight: 1, arbitrary: oddWord })

/** What each flag that takes a value is given. */
const VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  '--remove-blocks': fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('32', '32-39', '1', '0-999999999', '39-32', '32,33') },
    { weight: 1, arbitrary: oddWord },
  ),
  '--remove-node': number,
  '--remove-size': fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('1G', '128M', '1', '0', '16E', '1T') },
    { weight: 1, arbitrary: oddWord },
  ),
  '--remove': fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        'PNP0C80:00',
        'PNP0C80:01',
        '0x80000004',
        '0x80000004-0x80000007',
        '0x0-0xffffffff',
        'lmb@80000004',
      ),
    },
    { weight: 1, arbitrary: oddWord },
  ),
  '--kernel': fc.oneof(fc.constantFrom('v6.1', 'v6.12', 'v3.10', 'rfc9', 'v5'), oddWord),
  '--until': number,
  '--arch': fc.constantFrom('x86_64', 'ppc64le', 'arm64', ''),
  '--notes': oddWord,
}

const valued = (flag: string): fc.Arbitrary<string[]> =>
  (VALUES[flag] ?? oddWord).map((value) => [flag, value])

/** One of what `memhp rehearse` takes as its goal. */
const goal: fc.Arbitrary<string[]> = fc.oneof(
  ...['--remove-blocks', '--remove-node', '--remove-size', '--remove'].map(valued),
)

/** A generation, or nothing. */
const generation: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<string[]>([]) },
  { weight: 1, arbitrary: valued('--kernel') },
)

const json = fc.constantFrom<string[]>([], ['--json'])

const joined = (...parts: readonly fc.Arbitrary<readonly string[]>[]): fc.Arbitrary<string[]> =>
  fc.tuple(...parts).map((words) => words.flat())

const only = (...words: readonly string[]): fc.Arbitrary<readonly string[]> => fc.constant(words)

/** A `memhp show` command. @param source the words that name the source */
const show = (source: readonly string[]): fc.Arbitrary<string[]> =>
  fc.oneof(
    joined(
      only('show', 'block'),
      number.map((id) => [id]),
      only(...source),
      json,
    ),
    joined(
      only('show'),
      fc.constantFrom(['node'], ['device'], ['zone'], ['page-table']),
      only(...source),
      json,
    ),
    joined(
      only('show', 'node'),
      number.map((id) => [id]),
      only(...source),
      json,
    ),
    joined(
      only('show', 'zone'),
      fc.constantFrom(['0'], ['0/Normal'], ['1/Movable'], ['9/x'], ['0/'], ['/']),
      only(...source),
      json,
    ),
    joined(
      only('show', 'device'),
      fc.constantFrom(['PNP0C80:00'], ['0x80000004'], ['lmb@80000004'], ['x']),
      only(...source),
      json,
    ),
    joined(
      only('show', 'page-table'),
      fc.constantFrom(
        ['0x100000000'],
        ['block', '32'],
        ['block', '0'],
        ['block'],
        ['0x0'],
        ['0xffffffffffffffffff'],
        ['block', '999999999'],
      ),
      only(...source),
      json,
      generation,
    ),
  )

/** A command that reads a source. @param source the words that name it, as `--sysroot tree` */
export const reading = (source: readonly string[]): fc.Arbitrary<string[]> =>
  fc.oneof(
    joined(only('list', ...source), fc.subarray(['--blocks', '--json', '--notes'])),
    show(source),
  )

/** A command that makes a machine of a capture. */
export const usingCapture = (file: string): fc.Arbitrary<string[]> =>
  fc.oneof(
    joined(only('rehearse', file), goal, json, generation),
    joined(only('rehearse', file), goal, json, generation),
    fc
      .constantFrom(
        'ls -R /sys/devices/system/memory',
        'cat /proc/zoneinfo /proc/iomem /proc/meminfo',
        'for m in /sys/devices/system/memory/memory*; do cat $m/state $m/valid_zones; done',
        'for m in /sys/devices/system/memory/memory*; do echo offline > $m/state; done',
        'plug d1 1G; cat /proc/buddyinfo; unplug d1',
      )
      .map((commands) => ['shell', file, '-c', commands]),
  )

const COMMANDS = ['list', 'show', 'capture', 'rehearse', 'run', 'replay', 'shell', 'help']
const KINDS_SHOWN = ['block', 'node', 'device', 'zone', 'page-table']

/** Files of a case that a word may name; some are not what the command reads, and some do not exist. */
const FILES = [
  'host.json.gz',
  'host.json',
  'scenario.yaml',
  'trace.json',
  'tree',
  '.',
  '..',
  'missing.json',
  'empty.json',
  'odd.json',
  '/dev/null',
  'tree/proc/version',
  'host.json.gz/x',
  '',
  '-',
  'odd.yaml',
]

const SWITCHES = [
  '--json',
  '--blocks',
  '--notes',
  '--events',
  '--log',
  '--changes',
  '--check',
  '--keep-going',
  '--quiet',
  '--help',
  '-h',
  '-V',
  '--version',
  '--color',
  '--no-color',
  '--no-pages',
  '--redact',
  '--hostname',
  '--force',
  '--script',
  '--frob',
  '-x',
  '--',
  '-',
  '---',
  '--json=1',
  '--JSON',
  '--no-json',
]

const OUTPUTS = [
  'out.json.gz',
  'out.json',
  '-',
  'tree',
  'host.json',
  'no/such/out.json',
  '',
  'link.json',
]

/** Words of a flag and its value; the value may be missing. */
const flagWords: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...SWITCHES).map((flag) => [flag]) },
  { weight: 3, arbitrary: fc.oneof(...Object.keys(VALUES).map(valued)) },
  { weight: 1, arbitrary: fc.constantFrom(...Object.keys(VALUES)).map((flag) => [flag]) },
  {
    weight: 3,
    arbitrary: joined(
      fc.constantFrom(['--capture'], ['--sysroot'], ['--scenario']),
      fc.constantFrom(...FILES).map((file) => [file]),
    ),
  },
  {
    weight: 1,
    arbitrary: joined(
      fc.constantFrom(['-o'], ['--output']),
      fc.constantFrom(...OUTPUTS).map((file) => [file]),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...FILES).map((file) => [`--sysroot=${file}`]) },
  { weight: 1, arbitrary: fc.constantFrom('ls /', 'exit 3', 'frob', '(').map((c) => ['-c', c]) },
)

const anyWords: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 4, arbitrary: flagWords },
  { weight: 4, arbitrary: fc.constantFrom(...FILES).map((file) => [file]) },
  { weight: 1, arbitrary: number.map((word) => [word]) },
  { weight: 1, arbitrary: fc.constantFrom(...COMMANDS, ...KINDS_SHOWN).map((word) => [word]) },
  { weight: 1, arbitrary: oddWord.map((word) => [word]) },
)

/**
 * Command lines of any words, a command among them mostly. This host is never captured: its files are not part of the
 * input, and its pages are many.
 */
export const anyLine: fc.Arbitrary<string[]> = joined(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.constantFrom<string[]>(
        ...COMMANDS.map((name) => [name]),
        ...KINDS_SHOWN.map((kind) => ['show', kind]),
      ),
    },
    { weight: 1, arbitrary: anyWords },
  ),
  fc.array(anyWords, { maxLength: 5 }).map((words) => words.flat()),
).map((words) => (words.includes('capture') ? ['--no-color', ...words, '--no-pages'] : words))
