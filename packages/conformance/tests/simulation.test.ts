import { DIALECTS } from '@memhp/platforms/dialects'
import { describe, expect, test } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { chosenMachines, createRandom, simulate } from '../src/index'
import { drawMachine, platformsOf } from '../src/simulation/draw-machine'
import { PLUGINS } from './plugins'

const STEPS = 60

/** `200` for that number of seeds from 1, `7-9` for those. A soak: MEMHP_SIM_SEEDS=5000 pnpm exec vitest run … */
function seedsOf(text: string): readonly number[] {
  const [first = 1, last = first] = text.includes('-')
    ? text.split('-').map(Number)
    : [1, Number(text)]
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

const SEEDS = seedsOf(process.env.MEMHP_SIM_SEEDS ?? (THOROUGH ? '50' : '10'))

/** Every kind of operation: each of them succeeds now and then. */
const KINDS = [
  ...['add', 'allocate', 'clear', 'drop', 'fill', 'inject', 'obstruct', 'offline-and-remove'],
  ...['pin', 'plug', 'plugv', 'release-huge', 'remove', 'request', 'reserve-huge', 'restore'],
  ...['shrink-huge', 'snapshot', 'unpin', 'unplug', 'use-huge', 'write'],
]

/** Which kind of an architecture options make: the one whose own options they agree with. */
function kindOf(
  { name, variants = { default: {} }, parseOptions }: (typeof PLUGINS.archs)[number],
  archOptions: Readonly<Record<string, unknown>>,
): string {
  const keys = new Set(Object.values(variants).flatMap((options) => Object.keys(options)))
  const told = (options: Readonly<Record<string, unknown>>): string => {
    const parsed = parseOptions(options) as Readonly<Record<string, unknown>>
    return JSON.stringify([...keys].map((key) => parsed[key]))
  }
  const [kind] =
    Object.entries(variants).find(([, options]) => told(options) === told(archOptions)) ?? []
  return `${name}, ${kind ?? JSON.stringify(archOptions)}`
}

describe('a machine, operations and faults drawn from a seed', () => {
  test(`${SEEDS.length} seeds of ${STEPS} steps break nothing`, {
    timeout: 30_000 + SEEDS.length * 10_000,
  }, () => {
    const done = new Set<string>()
    const deeds = new Set<string>()
    for (const seed of SEEDS) {
      const report = simulate({ seed, steps: STEPS, plugins: PLUGINS })
      for (const name of Object.keys(report.done)) done.add(name)
      for (const { callback } of report.steps)
        if (callback) deeds.add(`${callback.by} ${callback.act === 'throw' ? 'throws' : 'asks'}`)
    }
    const both = ['listener asks', 'listener throws', 'notifier asks', 'notifier throws']
    if (SEEDS.length >= 10) expect([...deeds].sort()).toEqual(both)
    if (SEEDS.length >= 50) expect([...done].sort()).toEqual(KINDS)
  })

  // 100,000 steps, the same ones each time: `.ci/run` asks for them.
  test.runIf(THOROUGH)('100 seeds of 1,000 steps break nothing', { timeout: 900_000 }, () => {
    for (let seed = 1; seed <= 100; seed++) simulate({ seed, steps: 1000, plugins: PLUGINS })
  })

  test('every kind of every architecture is drawn, and swept', () => {
    const drawn = platformsOf(PLUGINS, DIALECTS).flatMap((platform) =>
      Array.from({ length: 40 }, (_, seed) =>
        kindOf(platform.arch, drawMachine(createRandom(seed), platform).archOptions ?? {}),
      ),
    )
    const swept = chosenMachines({ plugins: PLUGINS }).map(
      ({ arch, variant }) => `${arch}, ${variant}`,
    )
    const all = PLUGINS.archs.flatMap(({ name, variants = { default: {} } }) =>
      Object.keys(variants).map((variant) => `${name}, ${variant}`),
    )
    expect([...new Set(drawn)].sort()).toEqual([...all].sort())
    expect([...new Set(swept)].sort()).toEqual([...all].sort())
  })

  test('the same seed gives the same steps and the same machine', { timeout: 30_000 }, () => {
    const [first, second] = [5, 5].map((seed) => simulate({ seed, steps: 40, plugins: PLUGINS }))
    expect(second).toEqual(first)
  })
})
