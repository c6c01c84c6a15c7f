import { describe, expect, test } from 'vitest'
import { exportsOf } from '../scripts/exports'
import { ROOT } from '../scripts/workspace'

/** How long a name of each entry of @memhp/core keeps its meaning; core's README says what the marks promise. */
const STABILITY: Readonly<Record<string, string>> = {
  'packages/core/src/index.ts': 'public',
  'packages/core/src/plugin.ts': 'beta',
  'packages/core/src/inspect.ts': 'alpha',
}

const MARKS: readonly string[] = ['public', 'beta', 'alpha']

const exported = exportsOf(ROOT, Object.keys(STABILITY))
const names = [...exported].flatMap(([entry, list]) => list.map((each) => ({ entry, ...each })))

describe('names that @memhp/core exports', () => {
  test('are all found', () => {
    expect(names.length).toBeGreaterThan(250)
  })

  test('are documented', () => {
    const silent = names.filter(({ documentation }) => documentation === '')
    expect(silent.map(({ name, file, line }) => `${name} (${file}:${line})`)).toEqual([])
  })

  test('each have one mark of stability, that of their entry', () => {
    const wrong = names.filter(({ entry, tags }) => {
      const marks = tags.filter((tag) => MARKS.includes(tag))
      return marks.length !== 1 || marks[0] !== STABILITY[entry]
    })
    expect(wrong.map(({ name, entry, tags }) => `${entry}: ${name} ${tags.join(' ')}`)).toEqual([])
  })

  test('are exported by one entry only', () => {
    const all = names.map(({ name }) => name)
    expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([])
  })
})
