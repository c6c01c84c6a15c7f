import { describe, expect, test } from 'vitest'
import { tinyMachine } from '../page-check/testing/tiny-machine'
import { deferredWork, dispatchWork } from './deferred-work'

const SUM = deferredWork<readonly number[]>({ driver: 'own', name: 'sum' })

describe('deferred work', () => {
  test('is kept as plain data, and what handles it gets the argument back', () => {
    const machine = tinyMachine({})
    SUM.queue(machine, [1, 2, 3])
    const [queued] = machine.state.journal.work
    expect(queued).toEqual({ driver: 'own', name: 'sum', argument: [1, 2, 3] })
    const sums: number[] = []
    const work = dispatchWork(
      SUM.handledBy((_, numbers) => sums.push(numbers.reduce((sum, each) => sum + each, 0))),
    )
    work(machine, 'sum', queued?.argument)
    expect(sums).toEqual([6])
  })

  test('of a kind that the driver does not know is a bug', () => {
    const work = dispatchWork(SUM.handledBy(() => {}))
    expect(() => work(tinyMachine({}), 'product', [])).toThrow(/defers no work called "product"/)
  })
})
