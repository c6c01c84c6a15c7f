import { expect, test } from 'vitest'
import { type SoakedWalk, soakPage } from '../scripts/soak-page'
import { readText } from '../scripts/workspace'

test('docs/soak.md says what docs/soak.json holds (pnpm soak writes both)', () => {
  expect(readText('docs/soak.md')).toBe(
    soakPage(JSON.parse(readText('docs/soak.json')) as SoakedWalk[]),
  )
})
