import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { scenarioJsonSchema } from '../src/index'
import { SHIPPED } from './plugins'

const FILE = 'schema/memhp-scenario-1.schema.json'
const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const published: unknown = JSON.parse(read(FILE))

test('the published schema is the one that the code says (pnpm schema writes it)', () => {
  expect(published).toEqual(scenarioJsonSchema())
})

test('the schema ships with the package and can be imported', () => {
  const manifest = JSON.parse(read('package.json')) as {
    files: string[]
    exports: Record<string, unknown>
  }
  expect(manifest.files).toContain('schema')
  expect(manifest.exports[`./${FILE}`]).toBe(`./${FILE}`)
})

describe('an editor that goes by the published schema', () => {
  const schema = z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0])

  test.each(SHIPPED)('takes %s', (_, text) => {
    expect(schema.safeParse(parse(text)).error?.issues).toBeUndefined()
  })

  test.each([
    ['a missing title', { 'memhp-scenario': 1, machine: { memory: '2G' }, steps: ['settle'] }],
    ['an unknown action', scenario([{ plugg: { id: 'a', size: '1G' } }])],
    ['a missing size', scenario([{ plug: { id: 'a' } }])],
    ['a step that is a number', scenario([7])],
  ])('refuses %s', (_, value) => {
    expect(schema.safeParse(value).success).toBe(false)
  })
})

function scenario(steps: readonly unknown[]): object {
  return { 'memhp-scenario': 1, title: 'x', machine: { memory: '2G' }, steps }
}
