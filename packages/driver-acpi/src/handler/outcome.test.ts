import { ERRNO, type Errno } from '@memhp/core'
import { expect, test } from 'vitest'
import { ostStatusOf } from './outcome'

const SPECIAL: Readonly<Partial<Record<Errno, number>>> = { EPERM: 0x80, EBUSY: 0x82 }

test('success is reported as 0', () => {
  expect(ostStatusOf('done')).toBe(0)
})

test.each(Object.keys(ERRNO) as Errno[])(
  '%s is reported by its own code or as a failure',
  (errno) => {
    expect(ostStatusOf(errno)).toBe(SPECIAL[errno] ?? 1)
  },
)
