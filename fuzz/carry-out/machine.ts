// Makes a machine of a description, operates it, and checks that it is whole after each operation.
import {
  createMachine,
  HotplugError,
  isHotplugError,
  type Machine,
  type MachineDescription,
  type MemoryNotifier,
  registerMemoryNotifier,
  settle,
} from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import { PLUGINS } from '@memhp/platforms'
import { type MachineOperation, openSession, perform, type Session } from '@memhp/trace'
import { baseDescription } from '../bases'
import { damagedData } from '../damage'
import type { Callback, CallbackAct, MachineInput } from '../input'
import type { Verdict } from './verdict'

/** Does what may be refused. @returns the code of the refusal, `done` where there was none @throws whatever else is thrown */
function codeOf(act: () => void): string {
  try {
    act()
    return 'done'
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return error.code
  }
}

/** What a callback throws on purpose, so that it is told from what breaks. */
const PURPOSE = 'thrown by a callback on purpose'

function throwIt(what: 'error' | 'text' | 'refusal'): never {
  if (what === 'refusal') throw new HotplugError('NOTIFIER_REFUSED', 'EBUSY', PURPOSE)
  // A caller may throw anything.
  throw what === 'text' ? (PURPOSE as unknown as Error) : new Error(PURPOSE)
}

const isOnPurpose = (error: unknown): boolean =>
  error === PURPOSE || (error instanceof Error && error.message === PURPOSE)

function readAll({ tree }: Machine, directory: string): void {
  for (const name of tree.list(directory)) codeOf(() => void tree.read(`${directory}/${name}`))
}

/** Has a machine call back as an input says. @returns where what breaks inside callbacks is kept */
function register(session: Session, callbacks: readonly Callback[]): unknown[] {
  const broken: unknown[] = []
  for (const { on, from, times, does } of callbacks) {
    let calls = 0
    let leave = (): void => undefined
    const turn = (): string => {
      const isMine = calls >= from && calls < from + times
      calls++
      return isMine ? respond(session, does, { leave: () => leave(), broken }) : 'ok'
    }
    leave = on === 'observer' ? observe(session, turn, broken) : notify(session, turn)
  }
  return broken
}

const observe = ({ machine }: Session, turn: () => string, broken: unknown[]): (() => void) =>
  machine.observe(() => void turn(), {
    onError: (error) => {
      if (!isOnPurpose(error)) broken.push(error)
    },
  })

const notify = ({ machine }: Session, turn: () => string): (() => void) =>
  registerMemoryNotifier(machine.memoryChain, {
    name: 'fuzz',
    priority: 0,
    // A caller in JavaScript may answer anything.
    notifier: turn as MemoryNotifier,
  })

/** What stays within a callback: more than that would never end. */
const MOST_JOINED = 20

function respond(
  session: Session,
  does: CallbackAct,
  { leave, broken }: { readonly leave: () => void; readonly broken: unknown[] },
): string {
  switch (does.act) {
    case 'throw':
      return throwIt(does.what)
    case 'answer':
      return does.answer
    case 'operate':
      try {
        codeOf(() => void perform(session, does.operation))
      } catch (error) {
        broken.push(error)
      }
      return 'ok'
    case 'read':
      readAll(session.machine, '/sys/devices/system/memory/memory0')
      readAll(session.machine, '/proc')
      return 'ok'
    case 'leave':
      leave()
      return 'ok'
    case 'join':
      if (session.machine.memoryChain.entries.length < MOST_JOINED) notify(session, () => 'ok')
      return 'ok'
  }
}

/** @returns how the operation ended; a refusal of a callback's is one too */
function operate(session: Session, operation: MachineOperation): string {
  try {
    return codeOf(() => {
      perform(session, operation)
      settle(session.machine)
    })
  } catch (error) {
    if (!isOnPurpose(error)) throw error
    return 'thrown by a callback'
  }
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

/** Carries out an input of a machine. */
export function carryOutMachine(input: MachineInput): Verdict {
  const codes: string[] = []
  let at = 'making the machine'
  try {
    const data = damagedData(baseDescription(input.base), input.damages)
    // A caller in JavaScript may hand in anything.
    const description = data as unknown as MachineDescription
    const session: { opened?: Session } = {}
    codes.push(
      codeOf(() => {
        session.opened = openSession(createMachine(description, PLUGINS))
      }),
    )
    const { opened } = session
    if (opened === undefined) return { codes }
    checkInvariants(opened.machine)
    const broken = register(opened, input.callbacks)
    for (const [i, operation] of input.operations.entries()) {
      at = `operation ${i}: ${operation.op}`
      codes.push(operate(opened, operation))
      checkInvariants(opened.machine)
      if (broken.length > 0) throw broken[0]
    }
    return { codes }
  } catch (error) {
    return { problem: `${wordsOf(error)}\n(${at})`, codes }
  }
}
