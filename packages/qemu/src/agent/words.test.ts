import { execFileSync } from 'node:child_process'
import { ERRNO_MESSAGES } from '@memhp/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errnoName } from './errno'
import { quoteText, quoteWord } from './shell-words'

describe('words of a shell', () => {
  const shell = (script: string): string => execFileSync('/bin/sh', ['-c', script]).toString()

  test('any path is one word', () => {
    const path = fc.string({ unit: 'grapheme-ascii', minLength: 1 })
    fc.assert(
      fc.property(path, (word) => {
        expect(shell(`printf '%s' ${quoteWord(word)}`)).toBe(word)
      }),
      { numRuns: 30, examples: [["it's"], ['$HOME `id` \\ "x"'], ['-n'], ['~']] },
    )
  })

  test('no path has a newline', () => {
    expect(() => quoteWord('/sys/a\nb')).toThrow('No such file or directory')
  })

  test('any text survives printf', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'))
    fc.assert(
      fc.property(text, (each) => {
        expect(shell(`printf '%b' ${quoteText(each)}`)).toBe(each)
      }),
      { numRuns: 30, examples: [['online\n'], ["it's 100% \\n"], ['größe']] },
    )
  })
})

describe('the errno of what a program printed', () => {
  test.each(Object.entries(ERRNO_MESSAGES))('%s: %s', (name, message) => {
    const stderr = `dd: error writing '/sys/a: b': ${message}\n`
    expect(errnoName({ status: 1, stderr })).toBe(name)
  })

  test.each([
    [1, "dd: error writing '/x': Unknown error 524", 'ENOTSUPP'],
    [1, 'sh: something new', 'EIO'],
    [1, '', 'EIO'],
    [137, '', 'EINTR'],
  ])('status %i and %j: %s', (status, stderr, name) => {
    expect(errnoName({ status, stderr })).toBe(name)
  })
})
