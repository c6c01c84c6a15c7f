import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { bannedWordsIn, linesOf, longFunctionsIn, MOST_LINES_OF_A_FILE } from '../scripts/tidy'
import { ROOT, readText } from '../scripts/workspace'

/** Files under version control, and new ones, relative to the root. */
const files: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => file !== '')

const code = files.filter((file) => /\.(?:tsx?|mjs)$/.test(file))
/** Specifications are quoted as they were written; the lists of words name them. */
const prose = files.filter(
  (file) =>
    /\.(?:tsx?|mjs|md|yaml|sh)$/.test(file) &&
    !/^(?:docs\/spec\/|scripts\/tidy\.ts$|tests\/tidy\.test\.ts$|pnpm-)/.test(file),
)

describe('the house is tidy:', () => {
  test('no file is longer than it may be', () => {
    const long = code.filter((file) => linesOf(readText(file)) > MOST_LINES_OF_A_FILE)
    expect(long).toEqual([])
  })

  test('no function is longer than it may be', () => {
    expect(code.flatMap((file) => longFunctionsIn(file, readText(file)))).toEqual([])
  })

  test('no banned word is used', () => {
    expect(prose.flatMap((file) => bannedWordsIn(file, readText(file)))).toEqual([])
  })
})

describe('the check of words', () => {
  test.each([
    '/** Somebody holds it. */',
    'the tables that boot laid',
    'it is no leaf',
    'a state of its own',
    'so many pages',
  ])('finds "%s"', (text) => {
    expect(bannedWordsIn('a.ts', `fine\n${text}`)).toMatchObject([{ file: 'a.ts', line: 2 }])
  })

  test.each(['there is no such file', 'it is no longer present', 'a layout', 'its own state'])(
    'leaves "%s"',
    (text) => {
      expect(bannedWordsIn('a.ts', text)).toEqual([])
    },
  )
})

test('the check of functions counts lines, and leaves groups of tests alone', () => {
  const body = 'a()\n'.repeat(80)
  const text = `describe('x', () => {\n${body}})\nfunction long() {\n${body}}\nconst f = () => 1\n`
  expect(longFunctionsIn('a.ts', text)).toEqual([
    { file: 'a.ts', line: 83, text: 'a function of 82 lines' },
  ])
})
