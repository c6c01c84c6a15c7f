import { describe, expect, test } from 'vitest'
import { listInvariants } from '../packages/invariants/src/check-invariants'
import { invariantsPage, notRolledBackPage, testedIds } from '../scripts/invariants-page'
import { readText } from '../scripts/workspace'

const entries = listInvariants()
const ids = entries.map(({ id }) => id)

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1)

/** How many invariants the specification of 2012 has for each of its 21 patches. */
const PER_PATCH = [3, 6, 2, 6, 2, 1, 3, 5, 4, 3, 2, 3, 2, 1, 2, 4, 4, 3, 4, 3, 3]

describe('the list of invariants', () => {
  test('names each once', () => {
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  })

  test('has all 87 of the specification of 6.1, in order', () => {
    const those = ids.filter((id) => id.startsWith('v6.1/'))
    expect(those).toEqual(numbers(87).map((number) => `v6.1/${number}`))
  })

  test('has all of the specification of 2012', () => {
    const patches = PER_PATCH.flatMap((count, i) => {
      const patch = String(i + 1).padStart(2, '0')
      return numbers(count).map((number) => `2012/I-${patch}.${number}`)
    })
    const lettered = Object.entries({ G: 7, X: 5, P: 4, S: 3 }).flatMap(([letter, count]) =>
      numbers(count).map((number) => `2012/${letter}-${number}`),
    )
    const those = ids.filter((id) => id.startsWith('2012/'))
    expect(those.toSorted()).toEqual([...patches, ...lettered].toSorted())
  })

  test('gives a sentence for each, and a reason for what is not here', () => {
    const odd = entries.filter(({ text }) => !/^.*\.$/.test(text) || text.includes('|'))
    expect(odd).toEqual([])
    const silent = entries.filter(
      (entry) => entry.kind === 'not-applicable' && entry.reason.length < 20,
    )
    expect(silent).toEqual([])
  })
})

describe('tests of invariants', () => {
  const tested = testedIds()

  test('there is one for each that state cannot decide', () => {
    const untold = entries.filter(({ kind, id }) => kind === 'covered-by-test' && !tested.has(id))
    expect(untold.map(({ id }) => id)).toEqual([])
  })

  test('name none that the list does not have, or has as not here', () => {
    const here = entries.filter(({ kind }) => kind !== 'not-applicable').map(({ id }) => id)
    expect([...tested.keys()].filter((id) => !here.includes(id) && id !== '2012/8.1')).toEqual([])
  })
})

describe('pages', () => {
  test('docs/invariants.md says what the list says (pnpm docs:invariants writes it)', () => {
    expect(readText('docs/invariants.md')).toBe(invariantsPage())
  })

  test('docs/not-rolled-back.md says what is declared (pnpm docs:invariants writes it)', () => {
    expect(readText('docs/not-rolled-back.md')).toBe(notRolledBackPage())
  })
})
