import { InvariantViolation, invariant } from '@memhp/core'
import type { Random } from '@memhp/core/plugin'

/** A stream of random choices (mulberry32). @param seed any whole number */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let word = state
    word = Math.imul(word ^ (word >>> 15), word | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return (word ^ (word >>> 14)) >>> 0
  }
  const below = (count: number): number => Math.floor((next() / 2 ** 32) * count)
  const pick = <T>(list: readonly T[]): T => {
    invariant(list.length > 0, 'There is something to choose from.')
    return list[below(list.length)] as T
  }
  return {
    below,
    between: ({ least, most }) => least + below(most - least + 1),
    percent: (chance) => below(100) < chance,
    pick,
    weighted: (weights) => {
      let all = 0
      for (const key in weights) all += weights[key]
      let left = below(all)
      for (const key in weights) {
        left -= weights[key]
        if (left < 0) return key
      }
      throw new InvariantViolation('No weight is above 0.')
    },
  }
}
