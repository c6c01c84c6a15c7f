// Recordings that were damaged: each is refused with its place, or replayed with differences.

import { isHotplugError } from '@memhp/core'
import { parseTrace, type Trace } from '@memhp/trace'
import * as fc from 'fast-check'
import { recordingText } from 'memhp-recordings'
import { describe, expect, it } from 'vitest'
import { replayTrace } from '../src/index'
import { PLUGINS } from './plugins'

/** Steps of a recording that are kept, so that many damages can be tried. */
const STEPS = 8

function shortTrace(path: string): Trace {
  const trace = parseTrace(recordingText(path))
  return { ...trace, steps: trace.steps.slice(0, STEPS) }
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

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
type Damage =
  | { readonly kind: 'gone' }
  | { readonly kind: 'other'; readonly value: Json }
  | { readonly kind: 'digits'; readonly digits: string; readonly place: number }

function withDigits(text: string, { digits, place }: Extract<Damage, { kind: 'digits' }>): string {
  const numbers = [...text.matchAll(/\d+/g)]
  const found = numbers[place % Math.max(numbers.length, 1)]
  if (found === undefined) return text + digits
  return text.slice(0, found.index) + digits + text.slice(found.index + found[0].length)
}

/** Follows picks from the top to one value or its key, and damages it. */
function harm(value: Json, picks: readonly number[], damage: Damage): void {
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
const damages = fc.array(
  fc.record({ picks: fc.array(fc.nat(1000), { minLength: 2, maxLength: 6 }), damage }),
  { minLength: 1, maxLength: 3 },
)

/** The result of a text: `replayed`, or the place of its refusal. */
function outcome(text: string): string {
  try {
    const { agreeing, stepCount } = replayTrace(parseTrace(text), PLUGINS)
    expect(agreeing).toBeLessThanOrEqual(stepCount)
    return 'replayed'
  } catch (error) {
    if (!isHotplugError(error)) throw error
    expect(['BAD_TRACE', 'NOT_A_TRACE', 'UNKNOWN_VERSION', 'UNKNOWN_PLUGIN']).toContain(error.code)
    expect(error.detail.place).toEqual(expect.any(String))
    expect(error.message.startsWith(String(error.detail.place))).toBe(true)
    return 'refused'
  }
}

describe.each([
  'x86_64/x86_64-0003.json.gz',
  'x86_64-faults/x86_64-faults-0101.json.gz',
  'ppc64le-radix/ppc64le-radix-0001.json.gz',
  'ppc64le-hash/ppc64le-hash-0001.json.gz',
])('%s, damaged', (path) => {
  const trace = shortTrace(path)
  const text = JSON.stringify(trace)

  it('is refused or replayed, whatever value is wrong', { timeout: 60_000 }, () => {
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(damages, (all) => {
        const damaged: Json = JSON.parse(text)
        for (const { picks, damage } of all) harm(damaged, picks, damage)
        outcomes.add(outcome(JSON.stringify(damaged)))
      }),
      { numRuns: 200 },
    )
    expect(outcomes).toEqual(new Set(['replayed', 'refused']))
  })

  it('is refused wherever the text ends', () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), (end) => {
        expect(outcome(text.slice(0, end))).toBe('refused')
      }),
      { numRuns: 50 },
    )
  })
})
