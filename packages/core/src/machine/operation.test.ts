import { describe, expect, test } from 'vitest'
import { HotplugError, refusalOf } from '../errors/hotplug-error'
import type { Machine } from '../model/machine'
import { tinyMachine } from '../page-check/testing/tiny-machine'
import { restoreSnapshot, takeSnapshot } from '../snapshot/snapshot'
import { logLine } from './journal'
import { operate } from './operation'
import { settle } from './settle'

const refusal = new HotplugError('BAD_ARGUMENT', 'EINVAL', 'No.')

/** What an act throws; undefined where it throws nothing. */
function thrownBy(act: () => unknown): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return error
  }
}

/** Has the machine's log heard. */
function heardOf(machine: Machine): string[] {
  const heard: string[] = []
  machine.observe((event) => {
    if (event.kind === 'log') heard.push(event.line.text)
  })
  return heard
}

const say = (machine: Machine, text: string): void => logLine(machine, 'info', text)

describe('an operation', () => {
  test('is told when all of it is over, also what it did as a part of itself', () => {
    const machine = tinyMachine()
    const heard = heardOf(machine)
    const result = operate(machine, 'whole', () => {
      say(machine, 'one')
      operate(machine, 'part', () => say(machine, 'two'))
      expect(heard).toEqual([])
      return 3
    })
    expect([result, heard]).toEqual([3, ['one', 'two']])
  })

  test('is told when it was refused, and its caller gets the refusal', () => {
    const machine = tinyMachine()
    const heard = heardOf(machine)
    const act = (): void =>
      operate(machine, 'refused', () => {
        say(machine, 'one')
        throw refusal
      })
    expect(thrownBy(act)).toBe(refusal)
    expect(heard).toEqual(['one'])
  })

  test('throws what an observer threw, and with several errors all of them, its own first', () => {
    const machine = tinyMachine()
    const errors = ['first', 'second'].map((text) => new Error(text))
    for (const error of errors) {
      machine.observe(() => {
        throw error
      })
    }
    const heard = heardOf(machine)
    const fail = (): void =>
      operate(machine, 'refused', () => {
        say(machine, 'one')
        say(machine, 'two')
        throw refusal
      })
    expect(thrownBy(fail)).toMatchObject({ errors: [refusal, ...errors] })
    expect(heard).toEqual(['one', 'two'])
    machine.observe(() => {
      throw errors[0] ?? refusal
    })
    expect(thrownBy(() => say(machine, 'three'))).toBe(errors[0])
    expect(thrownBy(() => say(machine, 'four'))).toBeUndefined()
  })

  test('may be begun by an observer: it is told behind what is told now', () => {
    const machine = tinyMachine()
    machine.observe((event) => {
      if (event.kind !== 'log' || event.line.text !== 'cause') return
      operate(machine, 'effect', () => say(machine, 'effect'))
    })
    const heard = heardOf(machine)
    operate(machine, 'cause', () => {
      say(machine, 'cause')
      say(machine, 'end')
    })
    expect(heard).toEqual(['cause', 'end', 'effect'])
  })

  test('is refused where observers answer each other for ever', () => {
    const machine = tinyMachine()
    machine.observe(() => operate(machine, 'answer', () => say(machine, 'again')))
    expect(thrownBy(() => say(machine, 'begin'))).toMatchObject({ code: 'OPERATION_IN_PROGRESS' })
    expect(refusalOf(() => operate(machine, 'later', () => {}))).toBeUndefined()
  })

  test('keeps settling, snapshots and their return waiting', () => {
    const machine = tinyMachine()
    const snapshot = takeSnapshot(machine)
    const asked = [settle, takeSnapshot, (asks: Machine) => restoreSnapshot(asks, snapshot)]
    const refusals = operate(machine, 'busy', () =>
      asked.map((ask) => refusalOf(() => ask(machine))?.code),
    )
    expect(refusals).toEqual(Array(3).fill('OPERATION_IN_PROGRESS'))
    expect(asked.map((ask) => refusalOf(() => ask(machine)))).toEqual(Array(3).fill(undefined))
  })
})
