import { expect, test } from 'vitest'
import { HOTPLUG_MUTANTS } from '../mutants/hotplug'
import { MAPPING_MUTANTS } from '../mutants/mapping'
import { MEMORY_MUTANTS } from '../mutants/memory'
import { readText } from '../scripts/workspace'

const ROW = /^\| `([^`]+)` \| .* \| ([^|]+) \| ([^|]+) \|$/gm

/** The rows of the page: which mutant, and how each way to check noticed it. */
const rows = [...readText('docs/incremental-checks.md').matchAll(ROW)].map(
  ([, id = '', whole = '', written = '']) => ({ id, whole, written }),
)

const stepOf = (notice: string): string => /^seed \d+, step \d+/.exec(notice)?.[0] ?? notice

test('what a check of all notices of a mutant, one of what was written notices at the same step', () => {
  expect(rows.filter(({ whole }) => whole !== 'no').length).toBeGreaterThan(10)
  expect(rows.filter(({ whole, written }) => stepOf(whole) !== stepOf(written))).toEqual([])
})

test('the page knows the mutants of the page layer, the mappings and the transactions', () => {
  const ids = [...MEMORY_MUTANTS, ...MAPPING_MUTANTS, ...HOTPLUG_MUTANTS].map(({ id }) => id)
  expect(rows.map(({ id }) => id).filter((id) => !ids.includes(id))).toEqual([])
  expect(rows.length).toBeGreaterThan(ids.length / 2)
})
