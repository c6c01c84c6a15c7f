// Every injection point of what is asked of dax devices fails once, on kernels that treat them otherwise.
import { expect, test } from 'vitest'
import { casesOf, cleanCount, messagesOf } from './sweeps'

const OPERATIONS = ['kmem is told of', 'kmem lets', 'unplugged by its state']
const choice = (kernel: string, operation: string) => ({
  arch: 'x86_64',
  variant: 'four levels',
  kernel,
  operation,
})

test.each(['v6.1', 'v6.12', 'v7.3'])('faults in what kmem does on %s', (kernel) => {
  const choices = OPERATIONS.map((operation) => choice(kernel, operation))
  expect(choices.flatMap(messagesOf)).toEqual([])
  const hasState = kernel === 'v7.3'
  expect(choices.map((each) => cleanCount(each) > 2)).toEqual([true, true, hasState])
})

test('a kernel without such devices is asked for nothing', () => {
  expect(OPERATIONS.flatMap((operation) => casesOf(choice('v3.10', operation)))).toEqual([])
})
