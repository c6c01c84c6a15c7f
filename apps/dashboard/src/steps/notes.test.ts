import { GENERATIONS, KERNELS } from '@memhp/core'
import { transactionSteps } from '@memhp/core/inspect'
import { expect, test } from 'vitest'
import { noteOf } from './notes'

const generations = [...new Set([...KERNELS, ...GENERATIONS])]

test('every step of every generation has a note', () => {
  const missing = generations.flatMap((generation) =>
    Object.entries(transactionSteps(generation)).flatMap(([operation, { mayRefuse, certain }]) =>
      [
        ...mayRefuse.map((step) => ({ step, mayFail: true })),
        ...certain.map((step) => ({ step, mayFail: false })),
      ]
        .map(({ step, mayFail }) => ({ operation, step: step.replace(/^part: /, ''), mayFail }))
        .filter((mark) => noteOf(mark) === undefined)
        .map((mark) => `${operation}: ${mark.step}`),
    ),
  )
  expect([...new Set(missing)]).toEqual([])
})

test('the check of the architecture and its removal are told apart', () => {
  const check = noteOf({ operation: 'remove', step: 'arch', mayFail: true })
  const removal = noteOf({ operation: 'remove', step: 'arch', mayFail: false })
  expect(check?.says).toContain('asked')
  expect(removal?.says).toContain('direct map')
})
