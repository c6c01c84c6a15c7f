import { expect, test } from 'vitest'
import { explainOst } from '../index'

test.each([
  [1, 0, 'device check: success'],
  [3, 132, 'eject request: in progress'],
  [3, 130, 'eject request: the device is busy'],
  [0x103, 0, 'ejection: success'],
  [0x200, 0x80, 'insertion: in progress'],
  [1, 0x84, 'device check: status 0x84'],
  [7, 1, 'notification 0x7: failed, without a reason'],
])('source %i, status %i reads: %s', (source, status, text) => {
  expect(explainOst({ source, status })).toBe(text)
})
