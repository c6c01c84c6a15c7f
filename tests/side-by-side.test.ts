import { expect, test } from 'vitest'
import { sideBySidePage } from '../scripts/side-by-side-page'
import { readText } from '../scripts/workspace'

test('docs/side-by-side.md says what kernels make of the scenario (pnpm docs:side-by-side writes it)', async () => {
  expect(readText('docs/side-by-side.md')).toBe(await sideBySidePage())
})
