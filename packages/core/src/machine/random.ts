import type { Machine } from '../model/machine'

/**
 * The next number of the machine's own random stream, from 0 to 2^32 - 1. Same seed, same numbers (mulberry32).
 * @beta
 */
export function nextRandom(machine: Machine): number {
  machine.state.random = (machine.state.random + 0x6d2b79f5) >>> 0
  let word = machine.state.random
  word = Math.imul(word ^ (word >>> 15), word | 1)
  word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
  return (word ^ (word >>> 14)) >>> 0
}
