import { describe, expect, it, vi } from 'vitest'
import { Facts, textOfFacts } from './facts'

describe('the number of facts', () => {
  const facts = new Facts()
  const numberOf = (...all: readonly unknown[]): number =>
    facts.number(() => {
      for (const fact of all) facts.add(fact)
    })

  it.each([
    ['one is another', [1, 'a'], [2, 'a']],
    ['one more is listed', [1], [1, 2]],
    ['one more is listed, which is nothing', [1], [1, undefined]],
    ['one less is listed', [1, 2], [1]],
    ['two change places', [1, 2], [2, 1]],
    ['none is left', [1], []],
  ])('is another where %s', (_, before, after) => {
    const number = numberOf(...before)
    expect(numberOf(...before)).toBe(number)
    expect(numberOf(...after)).not.toBe(number)
    expect(numberOf(...before)).not.toBe(number)
  })
})

describe('a text of facts', () => {
  it('is made once for each state of its facts, and again after one that could not be made', () => {
    let fact = 1
    const make = vi.fn(() => {
      if (fact === 2) throw new Error('cannot be made')
      return `${fact}`
    })
    const text = textOfFacts((facts) => facts.add(fact), make)
    expect([text(), text()]).toEqual(['1', '1'])
    expect(make).toHaveBeenCalledTimes(1)
    fact = 2
    expect(text).toThrow('cannot be made')
    expect(text).toThrow('cannot be made')
    fact = 3
    expect(text()).toBe('3')
  })
})
