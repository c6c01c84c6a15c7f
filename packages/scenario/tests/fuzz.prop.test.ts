import { isHotplugError } from '@memhp/core'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { stringify } from 'yaml'
import { draws } from '../../../tests/thorough'
import { parseScenario, runScenario } from '../src/index'
import { PLUGINS, SHIPPED } from './plugins'

// Tests share few processors.
vi.setConfig({ testTimeout: 60_000 })

/** Reads a text; anything but a scenario or a refusal of it fails the property. */
function parseOrRefuse(text: string): void {
  try {
    parseScenario(text, { name: 'a.yaml' })
  } catch (error) {
    if (!isHotplugError(error)) throw error
    expect(['BAD_SCENARIO', 'UNKNOWN_VERSION']).toContain(error.code)
    expect(error.message).toMatch(/^a\.yaml:\d+:\d+: ./)
  }
}

const VALUES = ['8', '8-11', '11-8', '1G', 'x', 'true', 'null', '-1', '0x10', '[]', '{}', '{a: 1}']
const WORDS = [
  'plug',
  'unplug',
  'online',
  'offline',
  'write',
  'read',
  'fill',
  'drop',
  'pin',
  'unmovable',
  'hugepages',
  'poison',
  'inject',
  'eject',
  'settle',
  'snapshot',
  'restore',
  'check',
  'expect',
  'errno',
  'code',
  'note',
  'id',
  'size',
  'node',
  'blocks',
  'zone',
  'zones',
  'path',
  'value',
  'name',
  'uevents',
  'platform',
  'intact',
  'same-as',
  'files',
  '__proto__',
  'constructor',
]

const word = fc.constantFrom(...WORDS)
const leaf = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.string(),
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(word, tie('tree'), { maxKeys: 4 }),
  ),
}))

describe('whatever stands in a file, reading it ends in a scenario or in a refusal with a place', () => {
  test('random text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), parseOrRefuse))
  })

  test('random text behind a good beginning', () => {
    const head = 'memhp-scenario: 1\ntitle: t\nmachine: {memory: 1G}\nsteps:\n  - '
    fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => parseOrRefuse(head + text)))
  })

  test('well-formed YAML with our words in the wrong places', () => {
    const file = fc.record({
      'memhp-scenario': fc.constant(1),
      title: fc.constant('t'),
      machine: fc.oneof(fc.constant({ memory: '1G' }), tree),
      steps: fc.oneof(fc.array(fc.dictionary(word, tree, { maxKeys: 3 }), { maxLength: 3 }), tree),
    })
    fc.assert(fc.property(file, (value) => parseOrRefuse(stringify(value))))
  })

  test('a shipped scenario with a piece cut out or doubled', () => {
    const cut = fc.record({
      text: fc.constantFrom(...SHIPPED.map(([, text]) => text)),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(40),
      again: fc.boolean(),
    })
    fc.assert(
      fc.property(cut, ({ text, at, length, again }) => {
        const start = Math.floor(at * text.length)
        const piece = text.slice(start, start + length)
        parseOrRefuse(
          text.slice(0, start) + (again ? piece + piece : '') + text.slice(start + length),
        )
      }),
      { numRuns: draws(200) },
    )
  })

  test.each([
    ['nesting', '['.repeat(100_000)],
    ['aliases of aliases', `a: &a [x]\n${bombs()}`],
    ['an alias of itself', 'memhp-scenario: 1\nsteps: &a [*a]'],
    ['length', ' '.repeat(2 ** 22 + 1)],
  ])('too much %s', (_, text) => {
    parseOrRefuse(text)
  })
})

function bombs(): string {
  return Array.from({ length: 20 }, (_, i) => {
    const before = i === 0 ? 'a' : `b${i - 1}`
    return `b${i}: &b${i} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`
  }).join('\n')
}

const smallBlock = fc.constantFrom(0, 1, 7, 8, 32, 33, 34, 99)
const action = fc.oneof(
  fc.record({
    plug: fc.record({
      id: fc.constantFrom('a', 'b'),
      size: fc.constantFrom('128M', '256M', '100M'),
      node: fc.nat(2),
    }),
  }),
  fc.record({ unplug: fc.constantFrom('a', 'b') }),
  fc.record({
    online: fc.record({
      blocks: smallBlock,
      zone: fc.constantFrom('default', 'kernel', 'movable'),
    }),
  }),
  fc.record({ offline: smallBlock }),
  fc.record({
    fill: fc.record({
      name: fc.constantFrom('f', 'g'),
      size: fc.constantFrom('1M', '200M', '3G'),
      node: fc.nat(2),
    }),
  }),
  fc.record({ unmovable: fc.record({ name: fc.constantFrom('f', 'g'), block: smallBlock }) }),
  fc.record({
    hugepages: fc.record({
      name: fc.constantFrom('f', 'g'),
      count: fc.integer({ min: 1, max: 90 }),
      node: fc.nat(1),
    }),
  }),
  fc.record({ poison: fc.record({ block: smallBlock, page: fc.nat(40_000) }) }),
  fc.record({
    inject: fc.record({
      event: fc.constantFrom('MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE'),
      errno: fc.constantFrom(0, 'EBUSY'),
    }),
  }),
  fc.record({ eject: fc.constantFrom('PNP0C80:00', 'PNP0C80:01', 'PNP0C80:07') }),
  fc.record({
    write: fc.record({
      path: fc.constantFrom('memory32/state', 'memory32/online', 'auto_online_blocks'),
      value: fc.constantFrom('online', 'offline', 'online_movable', '1', '0', ''),
    }),
  }),
)

test('any steps on a machine end in refusals at worst, and leave its invariants whole', async () => {
  const steps = fc.array(action, { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(steps, async (actions) => {
      const machine = {
        memory: '1G',
        'possible-nodes': '0-1',
        acpi: { slots: 2, window: { start: '4G' } },
      }
      const text = stringify({
        'memhp-scenario': 1,
        title: 't',
        machine,
        steps: [...actions, 'check'],
      })
      const scenario = parseScenario(text, { name: 'a.yaml' })
      const result = await runScenario(scenario, {
        plugins: PLUGINS,
        onFailure: 'continue',
        invariants: 'check',
      })
      expect(result.steps.at(-1)?.outcome).toEqual({ kind: 'done' })
    }),
    { numRuns: draws(30) },
  )
})
