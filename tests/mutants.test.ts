import { describe, expect, test } from 'vitest'
import { type Anchor, placeOf } from '../mutants/anchor'
import type { Source } from '../mutants/declarations'
import { type Edit, editOf, listTestFiles, readSources } from '../mutants/edit'
import { CONTROLS, MUTANTS } from '../mutants/list'
import type { Mutant } from '../mutants/mutant'
import { testFile } from '../mutants/test-files'
import { namesIn, tokensOfText } from '../mutants/tokens'
import { readText } from '../scripts/workspace'

const repository = { sources: readSources(), testFiles: listTestFiles() }
const all = [...MUTANTS, ...CONTROLS.map(({ mutant }) => mutant)]

/** The edit of a mutant, or why there is none. */
function tryEdit(mutant: Mutant): Edit | string {
  try {
    const edit = editOf(mutant, repository)
    return edit.to !== edit.from && edit.tests.length > 0
      ? edit
      : `${mutant.id} changes or runs nothing.`
  } catch (error) {
    return (error as Error).message
  }
}

const edits = new Map(all.map((mutant) => [mutant, tryEdit(mutant)]))

describe('the mutants', () => {
  test('have ids that differ', () => {
    const ids = all.map(({ id }) => id)
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  })

  test('are each at one place, and their tests exist', () => {
    expect([...edits.values()].filter((each) => typeof each === 'string')).toEqual([])
  })

  test('put code in the place, whose names the file knows', () => {
    const odd = MUTANTS.flatMap((mutant) => {
      const edit = edits.get(mutant)
      if (typeof edit !== 'object' || mutant.to === '') return []
      expect(tokensOfText(mutant.to)).not.toEqual([])
      const words = new Set(readText(edit.file).match(/\w+/g))
      return namesIn(mutant.to)
        .filter((name) => !words.has(name) && !(name in globalThis))
        .map((name) => `${mutant.id}: ${edit.file} knows no "${name}".`)
    })
    expect(odd).toEqual([])
  })
})

const MESSAGE = `\`\${zone.name} is done\``

const one: Source = {
  file: 'packages/one/src/deep/shrink.ts',
  text: `
/** Shrinks. */
export function shrink(zone: Zone, ends: readonly number[]): void {
  // The edge.
  if (zone.start > 0) trim(zone, { at: 1, keep: 'all' })
  for (const end of ends) trim(zone, end)
  for (const end of ends) trim(zone, end)
  log(\`\${zone.name} is done\`) /* at last */
}
export const TABLE = { rows: [1, 2] }
class Tree {
  insert(): number {
    return this.count + 1
  }
}
`,
}
const two: Source = {
  file: 'packages/two/src/shrink.ts',
  text: `export const shrink = (zone: Zone): void => {
  log(zone)
  if (zone.start > 0) trim(zone)
}
export const tail = (zone: Zone): void => trim(zone)
`,
}

const textAt = (anchor: Anchor): string => {
  const { file, start, end, text } = placeOf(anchor, [one, two])
  const source = [one, two].find((each) => each.file === file)
  expect(source?.text.slice(start, end)).toBe(text)
  return text
}
const problemOf = (anchor: Anchor): string => {
  try {
    return `no problem: ${textAt(anchor)}`
  } catch (error) {
    return (error as Error).message
  }
}

describe('an anchor', () => {
  test('finds an expression, a statement, a property, in functions, constants and methods', () => {
    expect(textAt({ in: 'shrink', from: 'log(zone)' })).toBe('log(zone)')
    expect(textAt({ in: 'TABLE', from: 'rows: [1, 2]' })).toBe('rows: [1, 2]')
    expect(textAt({ in: 'TABLE', from: '{ rows: [1, 2] }' })).toBe('{ rows: [1, 2] }')
    expect(textAt({ in: 'Tree.insert', from: 'return this.count + 1' })).toContain('count')
    expect(textAt({ in: 'shrink', from: MESSAGE })).toContain('done')
  })

  test('sees neither formatting nor comments, quotes, semicolons and trailing commas', () => {
    const from = 'trim( zone, /* here */ {\n  at: 1,\n  keep: "all",\n},\n);'
    expect(textAt({ in: 'shrink', from })).toBe("trim(zone, { at: 1, keep: 'all' })")
  })

  test('tells a statement from an expression', () => {
    const place = (from: string) => placeOf({ in: 'shrink', from }, [one, two])
    expect(place("trim(zone, { at: 1, keep: 'all' })").isStatement).toBe(true)
    expect(place('zone.name').isStatement).toBe(false)
  })

  test('finds nothing that is only part of a node, and says where it stands whole', () => {
    expect(problemOf({ in: 'tail', from: '(zone)' })).toBe(
      'tail (packages/two/src/shrink.ts) does not hold `(zone)` as one whole expression, statement or property.',
    )
    expect(problemOf({ in: 'tail', from: 'log(zone)' })).toBe(
      'tail (packages/two/src/shrink.ts) does not hold `log(zone)` as one whole expression, statement or property. It stands in shrink (packages/two/src/shrink.ts).',
    )
  })

  test('says what is nearest, as after a change of names', () => {
    expect(problemOf({ in: 'shrink', from: 'this.start > 0', package: 'two' })).toBe(
      'shrink (packages/two/src/shrink.ts) does not hold `this.start > 0` as one whole expression, statement or property. The nearest is `zone.start > 0`.',
    )
  })

  test('takes one of several places where it says how many there are', () => {
    const from = 'trim(zone, end)'
    const [first, second] = ['1 of 2', '2 of 2'].map((occurrence) =>
      placeOf({ in: 'shrink', from, occurrence: occurrence as '1 of 2' }, [one, two]),
    )
    expect(first?.text).toBe(from)
    expect(second?.start).toBeGreaterThan(first?.start ?? 0)
    expect(problemOf({ in: 'shrink', from, package: 'one' })).toBe(
      '`trim(zone, end)` stands 2 times in shrink: give a larger piece of code, or say which ("1 of 2").',
    )
    expect(problemOf({ in: 'shrink', from, package: 'one', occurrence: '1 of 3' })).toBe(
      '`trim(zone, end)` stands 2 times in shrink, where "1 of 3" is asked for: give a larger piece of code, or say which ("1 of 2").',
    )
  })

  test('asks for the package where functions of one name hold the code', () => {
    const from = 'zone.start > 0'
    expect(problemOf({ in: 'shrink', from })).toBe(
      '`zone.start > 0` stands 2 times in shrink, a name that is ambiguous (packages/one/src/deep/shrink.ts, packages/two/src/shrink.ts): give `package`, or a larger piece of code.',
    )
    expect(placeOf({ in: 'shrink', from, package: 'two' }, [one, two]).file).toBe(two.file)
  })

  test('says that nothing has the name, and where the code stands instead', () => {
    expect(problemOf({ in: 'grow', from: 'this.count + 1' })).toBe(
      'Nothing in packages/*/src is named grow. It stands in Tree.insert (packages/one/src/deep/shrink.ts).',
    )
    expect(problemOf({ in: 'shrink', package: 'three', from: 'nowhere()' })).toBe(
      'Nothing in packages/three/src is named shrink.',
    )
  })

  test('refuses what is not code', () => {
    expect(problemOf({ in: 'shrink', from: 'if (' })).toBe(
      '`if (` is neither an expression nor a statement.',
    )
  })
})

test('an edit leaves a statement empty, and its problems name the mutant', () => {
  const mutant = {
    id: 'no-log',
    fault: 'Silent.',
    in: 'shrink',
    from: 'log(zone)',
    to: '',
    tests: ['one/a'],
  }
  const testFiles = ['packages/one/tests/a.test.ts', 'packages/two/src/a.test.ts']
  const edit = editOf(mutant, { sources: [one, two], testFiles })
  expect(edit).toMatchObject({
    file: two.file,
    from: 'log(zone)',
    to: ';',
    tests: testFiles.slice(0, 1),
  })
  expect(() => editOf({ ...mutant, in: 'grow' }, { sources: [one, two], testFiles })).toThrow(
    'no-log: Nothing in packages/*/src is named grow.',
  )
})

describe('the name of a test file', () => {
  const files = [
    'packages/one/tests/a.test.ts',
    'packages/two/src/a.test.ts',
    'packages/two/b.prop.test.ts',
  ]

  test('is its own, with the package where two share it', () => {
    expect(testFile('b.prop', files)).toBe('packages/two/b.prop.test.ts')
    expect(testFile('two/a', files)).toBe('packages/two/src/a.test.ts')
    expect(() => testFile('a', files)).toThrow('"a" may be any of packages/one/tests/a.test.ts')
    expect(() => testFile('c', files)).toThrow('There is no test file "c".')
  })
})
