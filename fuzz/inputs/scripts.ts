// Scripts of commands for the shell.
import * as fc from 'fast-check'
import type { CommandInput } from '../input'
import { oddText } from './values'

const path = fc.constantFrom(
  '/',
  '.',
  '..',
  '/sys/devices/system/memory',
  '/sys/devices/system/memory/memory*/state',
  '/sys/devices/system/memory/memory32/state',
  '/sys/devices/system/memory/memory32/node0/memory32/node0',
  '/sys/devices/system/node/node0',
  '/sys/devices/system/node/*/*/*/*/*/*',
  '/sys/bus/acpi/devices/PNP0C80:00/eject',
  '/proc/iomem',
  '/proc/zoneinfo',
  '/proc/meminfo',
  '/*/*/*/*/*',
  '/no/such/file',
  '/dev/null',
  '****************x',
  '[[[[[[',
  '[a-',
  '[z-a]',
  '""',
  '',
)

const number = fc.constantFrom('0', '1', '2', '32', '32-35', '-1', '99', '1e9', '99999999999', '0x')
const size = fc.constantFrom('128M', '512M', '1G', '0', '1', '1T', '16E', '-1M', 'x')
const pattern = fc.oneof(
  fc.constantFrom(
    '.',
    'online',
    '^',
    '(a+)+$',
    '(x*)*y',
    '[',
    '\\',
    '(.*)*$',
    '.*.*.*.*.*x',
    '(',
    '*',
    '',
  ),
  oddText.filter((text) => text.length < 100 && !text.includes('\0')),
)
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
const word = fc.oneof(
  path,
  number,
  size,
  pattern.map(quoted),
  fc.constantFrom('$x', '"$x"', '$?', '$(ls /)', '$' + '{x}', '~', '-n', '-l', '-r', '--', '-'),
)

const NAMES = [
  'cd',
  'pwd',
  'ls',
  'tree',
  'readlink',
  'find',
  'tee',
  'cat',
  'head',
  'tail',
  'wc',
  'sort',
  'grep',
  'echo',
  'printf',
  'seq',
  'test',
  '[',
  'true',
  'false',
  'sleep',
  'sudo',
  'help',
  'plug',
  'unplug',
  'eject',
  'online',
  'offline',
  'fill',
  'drop',
  'pin',
  'unpin',
  'unmovable',
  'hugepages',
  'poison',
  'inject',
  'snapshot',
  'restore',
  'settle',
  'check',
  'list',
  'devices',
  'dmesg',
  'uevents',
  'platform',
  'fingerprint',
  'frob',
  'constructor',
  '__proto__',
  'exit',
]

const words = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((all) => all.join(' '))
const one = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts)

const id = one('d1', 'd2', 'f')

const simple: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 3,
    arbitrary: words(
      one(...NAMES),
      fc.array(word, { maxLength: 4 }).map((all) => all.join(' ')),
    ),
  },
  {
    weight: 1,
    arbitrary: words(
      one('plug'),
      id,
      size,
      one('', 'node=1', 'node=9', 'slot=0', 'address=4G', 'address=1'),
    ),
  },
  { weight: 1, arbitrary: words(one('unplug', 'drop', 'pin', 'unpin'), id) },
  { weight: 1, arbitrary: words(one('online', 'offline'), number, one('', 'movable', 'kernel')) },
  {
    weight: 1,
    arbitrary: words(
      one('fill', 'hugepages', 'unmovable', 'poison'),
      id,
      fc.oneof(size, number),
      one('', 'node=1'),
    ),
  },
  {
    weight: 1,
    arbitrary: words(one('grep -r', 'grep -E', 'grep -v', 'grep'), pattern.map(quoted), path),
  },
  {
    weight: 1,
    arbitrary: words(
      one('find', 'tree', 'ls -R'),
      path,
      one('', "-name '*'", "-name '****a'", '-maxdepth 1', '-type f', '-type'),
    ),
  },
  {
    weight: 1,
    arbitrary: words(
      one('printf'),
      fc
        .constantFrom(
          '%s',
          '%d',
          '%999999999d',
          '%-*s',
          '%x',
          '%',
          '%%',
          '%.99999999s',
          '\\x',
          '\\0777',
          '%c%b%q',
        )
        .map(quoted),
      word,
    ),
  },
  { weight: 1, arbitrary: words(one('seq'), number, number, number) },
  { weight: 1, arbitrary: words(one('echo'), stateOrWord(), one('>', '>>', '<', '2>'), path) },
  { weight: 1, arbitrary: words(one('x='), word).map((text) => text.replace(' ', '')) },
)

function stateOrWord(): fc.Arbitrary<string> {
  return fc.oneof(one('online', 'offline', 'online_movable', '1', '0'), word)
}

const { script } = fc.letrec<{ script: string; block: string }>((tie) => ({
  block: fc.oneof(
    fc
      .record({ list: words(word, word), body: tie('script') })
      .map(({ list, body }) => `for x in ${list}; do ${body}; done`),
    fc
      .record({ test: simple, body: tie('script') })
      .map(({ test, body }) => `if ${test}; then ${body}; fi`),
    tie('script').map((body) => `echo $(${body})`),
    tie('script').map((body) => `x=$(${body}); echo "$x$x"`),
    fc.constantFrom(
      'for',
      'do',
      'fi',
      '(',
      ')',
      '|',
      '&&',
      '`',
      '"',
      "'",
      '$(',
      '${',
      '>',
      '<<E',
      '\\',
      '!',
      '{',
      '#',
      ';;',
      '&',
    ),
  ),
  script: fc
    .array(
      fc.tuple(
        fc.oneof(
          { depthSize: 'small', withCrossShrink: true },
          { weight: 5, arbitrary: simple },
          { weight: 1, arbitrary: tie('block') },
        ),
        one('; ', '\n', ' && ', ' || ', ' | '),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((parts) => parts.flat().slice(0, -1).join('')),
}))

const doubling = fc
  .record({
    piece: one('aaaaaaaaaa', '\\*', '$x', 'a b '),
    times: fc.integer({ min: 1, max: 24 }),
    end: one('echo "$x" | wc -c', 'ls $x', 'grep "$x" /proc/iomem', 'echo $x'),
  })
  .map(({ piece, times, end }) =>
    [`x=${quoted(piece)}`, ...Array<string>(times).fill('x="$x$x"'), end].join('; '),
  )

/** Expressions that a backtracking matcher tries in exponentially many ways, on a text that they do not match. */
const backtracking = fc
  .record({
    flag: one('-E', '-Ei', '-Ew', '-Ev', '-Ec'),
    expression: one(
      '(a+)+$',
      '(a|a)*b',
      '(a*)*$',
      '(a|aa)+$',
      '(.*a){12}b',
      'a*a*a*a*a*a*a*a*b',
      '(a?){30}a{30}',
    ),
    times: fc.constantFrom(10, 30, 1000, 100_000),
  })
  .map(({ flag, expression, times }) => `echo ${'a'.repeat(times)}X | grep ${flag} '${expression}'`)

/** A script on the machine of a shell, or on a capture's twin. */
export const shellInput: fc.Arbitrary<CommandInput> = fc
  .record({
    machine: fc.constantFrom<string[]>(
      [],
      [],
      ['--arch', 'ppc64le'],
      ['--kernel', 'v6.12'],
      ['host.json.gz'],
    ),
    commands: fc.oneof(
      { weight: 12, arbitrary: script },
      { weight: 1, arbitrary: doubling },
      { weight: 1, arbitrary: backtracking },
      { weight: 1, arbitrary: oddText },
    ),
  })
  .map(({ machine, commands }) => ({
    kind: 'shell',
    entries: machine.includes('host.json.gz')
      ? [
          {
            path: 'host.json.gz',
            damaged: { base: 'capture:x86_64-three-nodes', damages: [], texts: [] },
            packing: 'packed',
          },
        ]
      : [],
    lines: [['shell', ...machine, '-c', commands]],
    stdin: commands,
  }))
