import { describe, expect, test } from 'vitest'
import { HotplugError } from '../errors/hotplug-error'
import { tinyMachine } from '../page-check/testing/tiny-machine'
import { transact } from './transaction'

const refusal = new HotplugError('BAD_ARGUMENT', 'EINVAL', 'No.')
const refuse = (): never => {
  throw refusal
}

describe('an operation in steps', () => {
  test('that is refused undoes what was done, last thing first, and no more', () => {
    const said: string[] = []
    const say = (word: string) => () => void said.push(word)
    const act = (): void =>
      transact(tinyMachine(), 'test', (tx) => {
        tx.step('one', say('one'), say('not one'))
        tx.step('two', say('two'))
        tx.onUndo(say('not between'))
        tx.step('three', say('three'), say('not three'))
        tx.step('four', refuse, say('not four'))
        tx.step('five', say('five'))
      })
    expect(act).toThrow(refusal)
    expect(said).toEqual(['one', 'two', 'three', 'not three', 'not between', 'not one'])
  })

  test('announces each step before it, up to the point of no return', () => {
    const machine = tinyMachine()
    const said: string[] = []
    machine.hooks.step = (operation, step) => void said.push(`${operation}/${step}`)
    const result = transact(machine, 'test', (tx) => {
      tx.step('one', () => said.push('done'))
      tx.pointOfNoReturn()
      return tx.step('two', () => 7)
    })
    expect([result, said]).toEqual([7, ['test/one', 'done']])
  })

  test('must not be refused past the point of no return, and undoes nothing then', () => {
    const undone: string[] = []
    const act = (): void =>
      transact(tinyMachine(), 'test', (tx) => {
        tx.onUndo(() => undone.push('one'))
        tx.pointOfNoReturn()
        refuse()
      })
    expect(act).toThrow('test: refused past its point of no return: HotplugError: No.')
    expect(undone).toEqual([])
  })
})
