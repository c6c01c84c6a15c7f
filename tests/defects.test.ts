import { describe, expect, test } from 'vitest'
import { MENDED } from '../packages/core/src/generation/mended'
import { GENERATIONS } from '../packages/core/src/generation/series-2012'
import { changed } from '../packages/core/src/series-2012/defects'
import { DEFECTS } from '../scripts/defect-table'
import { defectsPage } from '../scripts/defects-page'
import { readText } from '../scripts/workspace'

const switches = GENERATIONS.flatMap(({ name, rules, defects = {} }) =>
  Object.entries(defects).map(([id, change]) => ({ id, name, rules, change })),
)

describe('the defects of the series of 2012', () => {
  test('are those of the specification, each once', () => {
    const table = readText('docs/spec/hot-remove-series-2012.md')
    const wanted = [...table.matchAll(/^\| (KP2|D\d+) \|/gm)].map(([, id]) => id)
    expect(DEFECTS.map(({ id }) => id)).toEqual(wanted)
  })

  test('are switches, or the table says why not', () => {
    const missing = DEFECTS.filter(({ id }) => !switches.some((each) => each.id === id))
    expect(missing.filter(({ model }) => !model.startsWith('Not modelled: '))).toEqual([])
    const known = DEFECTS.map(({ id }) => id)
    expect(switches.filter(({ id }) => !known.includes(id))).toEqual([])
  })

  test.each(switches)('$id changes one rule of $name', ({ rules, change }) => {
    const unlike = changed(rules, change)
    const groups = Object.keys(rules) as (keyof typeof rules)[]
    expect(groups.filter((group) => rules[group] !== unlike[group])).toHaveLength(1)
    expect(unlike).not.toEqual(rules)
  })

  test('put each rule of what was mended out of use', () => {
    const unmended = switches.flatMap(({ change }) =>
      Object.entries(change.mended ?? {}).filter(
        ([rule, value]) => value !== Reflect.get(MENDED, rule),
      ),
    )
    expect(unmended.map(([rule]) => rule).sort()).toEqual(Object.keys(MENDED).sort())
  })
})

test('docs/defects.md says what the table says (pnpm docs:defects writes it)', () => {
  expect(readText('docs/defects.md')).toBe(defectsPage())
})
