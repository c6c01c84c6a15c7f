import { describe, expect, test } from 'vitest'
import { HotplugError } from '../errors/hotplug-error'
import { injectStepFault } from '../machine/faults'
import { logLine } from '../machine/journal'
import { watchSteps } from '../machine/step-watch'
import type { Machine } from '../model/machine'
import { tinyMachine } from '../page-check/testing/tiny-machine'
import { transact } from './transaction'

const refusal = new HotplugError('BAD_ARGUMENT', 'EINVAL', 'No.')
const refuse = (): never => {
  throw refusal
}

/** A machine, and what its observer has heard of transactions and of the log. */
function observed(): { readonly machine: Machine; readonly heard: string[] } {
  const machine = tinyMachine()
  const heard: string[] = []
  machine.observe((event) => {
    if (event.kind === 'transaction') heard.push(`${event.operation} ${event.phase}`)
    if (event.kind === 'log') heard.push(event.line.text)
    if (event.kind !== 'step') return
    heard.push(`${event.step} ${event.phase}${event.mayFail ? '' : ', cannot fail'}`)
  })
  return { machine, heard }
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

  test('tells observers how it proceeds, with what its steps do in between', () => {
    const { machine, heard } = observed()
    const result = transact(machine, 'test', (tx) => {
      tx.step('one', () => logLine(machine, 'info', 'working'))
      tx.pointOfNoReturn()
      return tx.step('two', () => 7)
    })
    expect(result).toBe(7)
    expect(heard).toEqual([
      'test begun',
      'one begun',
      'working',
      'one done',
      'two begun, cannot fail',
      'two done, cannot fail',
      'test done',
    ])
  })

  test('tells observers what is undone, after it was', () => {
    const { machine, heard } = observed()
    const act = (): void =>
      transact(machine, 'test', (tx) => {
        tx.step(
          'one',
          () => {},
          () => logLine(machine, 'info', 'undoing'),
        )
        tx.onUndo(() => logLine(machine, 'info', 'between'))
        tx.step('two', refuse)
      })
    expect(act).toThrow(refusal)
    expect(heard.slice(3)).toEqual([
      'two begun',
      'two failed',
      'between',
      'undoing',
      'one undone',
      'test failed',
    ])
  })

  test('is refused within another', () => {
    const { machine, heard } = observed()
    const within = (): void => transact(machine, 'other', () => {})
    const code = (error: unknown): unknown => (error instanceof HotplugError ? error.code : error)
    const errors: unknown[] = []
    transact(machine, 'test', (tx) =>
      tx.step('one', () => {
        try {
          within()
        } catch (error) {
          errors.push(code(error))
        }
      }),
    )
    expect(errors).toEqual(['OPERATION_IN_PROGRESS'])
    expect(heard).toEqual(['test begun', 'one begun', 'one done', 'test done'])
  })

  test('fails at the steps that faults stop, but not past the point of no return', () => {
    const machine = tinyMachine()
    const asked: string[] = []
    const heal = ['first', 'second'].map((name) =>
      injectStepFault(machine, ({ step }) => {
        asked.push(`${name} ${step}`)
        return step === name ? refusal : undefined
      }),
    )
    const run = (step: string) => (): void =>
      transact(machine, 'test', (tx) => {
        tx.step(step, () => {})
        tx.pointOfNoReturn()
        tx.step('first', () => {})
      })
    expect(run('first')).toThrow(refusal)
    expect(run('second')).toThrow(refusal)
    heal[0]?.()
    expect(run('first')).not.toThrow()
    expect(asked).toEqual([
      'first first',
      'second first',
      'first second',
      'second second',
      'second first',
    ])
  })

  test('shows each step to whoever watches, in the midst of it', () => {
    const machine = tinyMachine()
    const seen: string[] = []
    let done = 0
    const end = watchSteps(machine, ({ operation, step, phase, mayFail }) => {
      seen.push(`${operation}: ${step} ${phase}${mayFail ? '' : ', cannot fail'} (${done})`)
    })
    const act = (last: () => void): void =>
      transact(machine, 'test', (tx) => {
        tx.step(
          'one',
          () => void done++,
          () => void done--,
        )
        tx.step('two', last)
        tx.pointOfNoReturn()
        tx.step('three', () => void done++)
      })
    act(() => void done++)
    expect(() => act(refuse)).toThrow(refusal)
    end()
    act(() => undefined)
    expect(seen).toEqual([
      'test: one done (1)',
      'test: two done (2)',
      'test: three done, cannot fail (3)',
      'test: one done (4)',
      'test: two failed (4)',
      'test: one undone (3)',
    ])
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
