import type { SimStep } from '@memhp/conformance'
import { expect, test } from 'vitest'
import { stepText } from './step-text'

const write = {
  op: 'write',
  path: '/sys/devices/system/memory/memory32/state',
  value: 'offline',
} as const

test.each<readonly [SimStep, string]>([
  [{ operation: write }, 'write offline to memory32/state'],
  [
    { operation: write, fault: { index: 2, errno: 'EBUSY' } },
    'write offline to memory32/state, and step 3 of those that may fail fails (EBUSY)',
  ],
  [
    { operation: write, callback: { by: 'notifier', call: 0, act: 'throw' } },
    'write offline to memory32/state, and a notifier throws when it is first called',
  ],
  [{ operation: { op: 'clear', block: 7 } }, 'drop all kernel memory that was put into block 7'],
])('%j is told in words', (step, text) => {
  expect(stepText(step)).toBe(text)
})
