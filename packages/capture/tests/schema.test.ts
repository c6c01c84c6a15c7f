import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { captureJsonSchema } from '../src/index'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('the published schema is the one that the code says (pnpm schema writes it)', () => {
  expect(JSON.parse(read('schema/memhp-capture-1.schema.json'))).toEqual(captureJsonSchema())
})

test('the schema ships with the package and can be imported', () => {
  const manifest = JSON.parse(read('package.json')) as {
    files: string[]
    exports: Record<string, unknown>
  }
  expect(manifest.files).toContain('schema')
  expect(manifest.exports['./schema/memhp-capture-1.schema.json']).toBe(
    './schema/memhp-capture-1.schema.json',
  )
})
