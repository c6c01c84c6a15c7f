import { expect, test } from 'vitest'
import { CHANGES } from '../packages/core/src/generation/changes'
import { kernelsPage } from '../scripts/kernels-page'
import { readText } from '../scripts/workspace'

test('docs/kernels.md says what the table of changes says (pnpm docs:kernels writes it)', () => {
  expect(readText('docs/kernels.md')).toBe(kernelsPage())
})

test('each change has a name, a sentence, and kernels with it and without it that were looked at', () => {
  const names = CHANGES.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, what, seen, lacking } of CHANGES)
    expect([name, /^[A-Z/h].*\.$/.test(what), seen.length > 0, lacking.length > 0]).toEqual([
      name,
      true,
      true,
      true,
    ])
})
