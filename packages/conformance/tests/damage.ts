// Damage to a value as it comes out of JSON: what a file from outside may hold in place of what it should.
import * as fc from 'fast-check'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** What a damaged value may become. Numbers and lists crowd what no machine has. */
const NASTY: readonly Json[] = [
  null,
  true,
  '',
  'x',
  '-1',
  '0-99999999999',
  '0-1023',
  '4294967296 kB',
  'ffffffffffffffff',
  '00000000-ffffffffffffffff : System RAM',
  '-> ../../../../..',
  '/sys/devices/system/memory/memory999/state',
  'online',
  'offline',
  'Movable',
  '__proto__',
  0,
  1,
  -1,
  0.5,
  128,
  8192,
  2 ** 26,
  2 ** 31,
  2 ** 53,
  1e300,
  [],
  {},
  [[]],
]

const isContainer = (value: Json | undefined): value is Json[] | { [key: string]: Json } =>
  typeof value === 'object' && value !== null

/** Digits that take the place of those in a text. */
const DIGITS = [
  '0',
  '1',
  '7',
  '999',
  '4096',
  '1023',
  '99999999',
  '9999999999999',
  '99999999999999999999',
]

/** What happens to one value: it is gone, another one, or a text with another number in it. */
export type Damage =
  | { readonly kind: 'gone' }
  | { readonly kind: 'other'; readonly value: Json }
  | { readonly kind: 'digits'; readonly digits: string; readonly place: number }

/** A text in which the n-th number is another; digits behind it where it has none. */
export function withDigits(
  text: string,
  { digits, place }: { readonly digits: string; readonly place: number },
): string {
  const numbers = [...text.matchAll(/\d+/g)]
  const found = numbers[place % Math.max(numbers.length, 1)]
  if (found === undefined) return text + digits
  return text.slice(0, found.index) + digits + text.slice(found.index + found[0].length)
}

/** Follows picks from the top to one value or its key, and damages it. */
export function harm(value: Json, picks: readonly number[], damage: Damage): void {
  const [pick = 0, ...deeper] = picks
  if (!isContainer(value)) return
  const keys = Object.keys(value)
  const key = keys[pick % Math.max(keys.length, 1)]
  if (key === undefined) return
  const entries = value as { [key: string]: Json }
  const inner = entries[key]
  if (deeper.length > 0 && isContainer(inner) && Object.keys(inner).length > 0) {
    harm(inner, deeper, damage)
  } else if (damage.kind === 'other') entries[key] = damage.value
  else if (damage.kind === 'digits' && typeof inner === 'string') {
    entries[key] = withDigits(inner, damage)
  } else if (damage.kind === 'digits' && !Array.isArray(value)) {
    delete entries[key]
    entries[withDigits(key, damage)] = inner ?? null
  } else if (Array.isArray(value)) value.splice(Number(key), 1)
  else delete entries[key]
}

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.constant<Damage>({ kind: 'gone' }),
  fc.constantFrom(...NASTY).map((value): Damage => ({ kind: 'other', value })),
  fc
    .record({ digits: fc.constantFrom(...DIGITS), place: fc.nat(5) })
    .map((found): Damage => ({ kind: 'digits', ...found })),
)
/** A few damages, each at the end of its picks. */
export const damages = fc.array(
  fc.record({ picks: fc.array(fc.nat(1000), { minLength: 2, maxLength: 6 }), damage }),
  { minLength: 1, maxLength: 3 },
)
