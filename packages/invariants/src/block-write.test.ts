import { GENERATIONS, generationOf } from '@memhp/core'
import { parseBool, parseOnlineType } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { onlineTruth, stateWord } from './block-write'

/** All texts of up to three letters out of those that matter, and some longer ones. */
const LETTERS = ['o', 'n', 'f', 'F', '1', '0', 'y', 'T', ' ', '\n', 'e']
const SHORT = LETTERS.flatMap((a) => [
  a,
  ...LETTERS.flatMap((b) => [a + b, ...LETTERS.map((c) => a + b + c)]),
])
const WORDS = ['online', 'offline', 'online_kernel', 'online_movable', 'On', 'OFFLINE']
const LONG = WORDS.flatMap((word) => [word, `${word}\n`, `${word} `, ` ${word}`, `${word}\n\n`])

const orUndefined = <T>(act: () => T): T | undefined => {
  try {
    return act()
  } catch {
    return undefined
  }
}

describe('the checker reads what was written by independent rules, and agrees with the kernel’s parsers', () => {
  test.each(['v6.1', 'v3.10', 'rfc9'])('words of state, %s', (kernel) => {
    const { sysfs } = generationOf(kernel, GENERATIONS).rules
    const differ = [...SHORT, ...LONG].filter(
      (text) => stateWord(text, sysfs) !== orUndefined(() => parseOnlineType(sysfs, text)),
    )
    expect(differ).toEqual([])
  })

  test('truths of online', () => {
    const differ = [...SHORT, ...LONG].filter(
      (text) => onlineTruth(text) !== orUndefined(() => parseBool(text)),
    )
    expect(differ).toEqual([])
  })
})
