import { describe, expect, test } from 'vitest'
import { GENERATIONS } from '../packages/core/src/generation/series-2012'
import { wordsOf } from '../packages/core/src/kernel-log/say-in-words'
import { nameSwitches, occasionsSaid, ruleKeys, rulesRead } from '../scripts/generation-rules'
import { generationsPage, ruleOf } from '../scripts/generations-page'
import { readText } from '../scripts/workspace'

const paths = ruleKeys().map(({ group, key }) => `${group}.${key}`)

describe('the rules of generations', () => {
  test('are each read by a source', () => {
    const read = rulesRead()
    expect(paths.filter((path) => !read.has(path))).toEqual([])
  })

  test('differ each between two generations: what all have in common is not a rule', () => {
    const values = (path: string): ReadonlySet<string> =>
      new Set(GENERATIONS.map((each) => JSON.stringify(ruleOf(each, path))))
    // What was mended differs only in machines with a defect: tests/defects.test.ts.
    const ofGenerations = paths.filter((path) => !path.startsWith('mended.'))
    expect(ofGenerations.filter((path) => values(path).size < 2)).toEqual([])
  })

  test('have each a sentence', () => {
    expect(ruleKeys().filter(({ text }) => !/\.$/.test(text))).toEqual([])
  })

  test('are what code goes by, not the name of a generation', () => {
    expect(nameSwitches()).toEqual([])
  })
})

test('each occasion of the kernel log is spoken of by a source', () => {
  const said = occasionsSaid()
  const silent = GENERATIONS.flatMap((each) => Object.keys(wordsOf(each))).filter(
    (each) => !said.has(each),
  )
  expect(silent).toEqual([])
})

test('docs/generations.md says what the rules say (pnpm docs:generations writes it)', () => {
  expect(readText('docs/generations.md')).toBe(generationsPage())
})
