// Values that crowd what no machine has.
import * as fc from 'fast-check'
import type { Damage, DamagedText, Data, Packing, TextDamage } from '../input'

/** Digits that take the place of those in a text or a name. */
export const digits: fc.Arbitrary<string> = fc.constantFrom(
  '1',
  '0',
  '7',
  '999',
  '1023',
  '4096',
  '65536',
  '99999999',
  '4294967296',
  '9007199254740993',
  '99999999999999999999',
  '00',
  '-1',
  '0x10',
  '1e308',
  '1.5',
)

/** Texts that a file, a flag or a field does not expect. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    'x',
    '0',
    '1',
    '-1',
    ' ',
    '\n',
    '\0',
    '0\0',
    '0-1\0\n',
    '0-99999999999',
    '0-1023',
    '3-1',
    '0,0,0',
    ',',
    '4294967296 kB',
    'ffffffffffffffff',
    '8000000',
    '0',
    '00000000-ffffffffffffffff : System RAM',
    '-> ../../../../..',
    '../../../etc/passwd',
    '/sys/devices/system/memory/memory999/state',
    'online',
    'offline',
    'going-offline',
    'Movable',
    'none',
    'Normal Movable DMA',
    'Node 0, zone Normal',
    'MemTotal: -1 kB',
    '__proto__',
    'constructor',
    'toString',
    '9007199254740993',
    '1e308',
    '-0',
    'NaN',
    'Infinity',
    '0x',
    '0x10000000000000000',
    '1P',
    '16E',
    '9999999999T',
    '\u001b[2J\u001b]0;x\u0007',
    '\ufeff',
    '\ud800',
    '%s%n',
    '(a+)+$',
    '[',
    '*',
    'ünïcödé',
  ),
  fc.string({ maxLength: 12 }),
  fc
    .record({
      text: fc.constantFrom('a', '0', '1 ', '0-1,', 'x\n', '\\', '(', '*', 'é'),
      times: fc.constantFrom(1, 10, 1000, 100_000),
    })
    .map(({ text, times }) => text.repeat(times)),
)

const oddNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(
    0,
    1,
    -1,
    -0,
    0.5,
    3,
    128,
    4095,
    8192,
    2 ** 26,
    2 ** 31,
    2 ** 32,
    2 ** 40,
    2 ** 46,
    2 ** 52,
    2 ** 53,
    2 ** 53 + 2,
    2 ** 64,
    -(2 ** 31),
    1e300,
    1e308,
    5e-324,
  ),
  fc.integer(),
)

const ODD_WHOLES: readonly Data[] = [null, true, false, [], {}, [[]], { __proto__x: 1 }, [null]]

/** A value of JSON that a field does not expect. */
const oddJson: fc.Arbitrary<Data> = fc.oneof(
  oddNumber as fc.Arbitrary<Data>,
  oddText as fc.Arbitrary<Data>,
  fc.constantFrom(...ODD_WHOLES),
)

/** The same, and what only a caller in JavaScript can hand in. */
const oddData: fc.Arbitrary<Data> = fc.oneof(
  { weight: 4, arbitrary: oddJson },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Data>(undefined, Number.NaN, Number.POSITIVE_INFINITY, 1n),
  },
)

const picks = fc.oneof(
  { weight: 2, arbitrary: fc.nat(10_000).map((leaf) => [leaf]) },
  { weight: 1, arbitrary: fc.array(fc.nat(1000), { minLength: 2, maxLength: 6 }) },
)
const place = fc.nat(5)

const damage = (value: fc.Arbitrary<Data>): fc.Arbitrary<Damage> =>
  fc.record({
    picks,
    change: fc.oneof(
      { weight: 3, arbitrary: fc.constant({ kind: 'gone' as const }) },
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('value' as const), value }) },
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('digits' as const), digits, place }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('key' as const), key: oddText }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('copy' as const), from: picks }) },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('repeat' as const),
          times: fc.constantFrom(0, 2, 100, 10_000),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('nest' as const),
          depth: fc.constantFrom(1, 10, 1000),
        }),
      },
    ),
  })

/** Damages of a document that is written as JSON or YAML. */
const damages: fc.Arbitrary<Damage[]> = fc.array(damage(oddJson), { maxLength: 2 })

/** Damages of a document that a caller hands in. */
export const dataDamages: fc.Arbitrary<Damage[]> = fc.array(damage(oddData), { maxLength: 3 })

const at = fc.nat(9999)
const length = fc.constantFrom(1, 10, 100, 1000)

const textDamage: fc.Arbitrary<TextDamage> = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at }),
  fc.record({
    kind: fc.constant('insert' as const),
    at,
    text: fc.oneof(oddText, fc.constantFrom('[', '{', '{"a":', '- ', '&a ', '*a ', '!!js ', '\t')),
    times: fc.constantFrom(1, 1, 1, 2, 1000, 100_000),
  }),
  fc.record({ kind: fc.constant('leave-out' as const), at, length }),
  fc.record({
    kind: fc.constant('again' as const),
    at,
    length,
    times: fc.constantFrom(1, 2, 1000),
  }),
  fc.record({ kind: fc.constant('number' as const), at, text: digits }),
  fc.record({
    kind: fc.constant('key-twice' as const),
    at,
    value: fc.constantFrom('0', 'null', '{}', '"x"'),
  }),
)

/** Damages of a text; mostly none, since few texts survive them. */
export const textDamages: fc.Arbitrary<TextDamage[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<TextDamage[]>([]) },
  { weight: 1, arbitrary: fc.array(textDamage, { minLength: 1, maxLength: 3 }) },
)

/** The text of one of these bases, damaged. */
export const damagedTextOf = (bases: readonly string[]): fc.Arbitrary<DamagedText> =>
  fc.record({ base: fc.constantFrom(...bases), damages, texts: textDamages })

/** How a text is written. */
export const packing: fc.Arbitrary<Packing> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<Packing>('plain', 'packed') },
  { weight: 1, arbitrary: fc.constant<Packing>('halved') },
)
