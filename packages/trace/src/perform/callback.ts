import { registerMemoryNotifier } from '@memhp/core'
import type { MachineOperation } from '../operation'
import { perform } from './perform'
import type { Session } from './session'

/** What a callback does at one of its calls; at all others it does nothing. */
export interface CallbackDeed {
  /** A memory notifier, which is called in the midst of operations, or a listener, which hears of events afterwards. */
  readonly by: 'notifier' | 'listener'
  /** Counted from 0. */
  readonly call: number
  /** It throws, or asks for another operation: which is refused to a notifier, and done for a listener. */
  readonly act: 'throw' | MachineOperation
}

/** A callback that stands, until it is ended. */
export interface StandingCallback {
  /** Whether it came to the call. */
  readonly hasActed: boolean
  /** Whether another operation was carried out for it. */
  readonly hasPerformed: boolean
  end(): void
}

/** Has a callback stand for the operations to come. */
export function standCallback(session: Session, deed: CallbackDeed): StandingCallback {
  const { machine } = session
  const { by, call, act } = deed
  let calls = 0
  const called = (): void => {
    calls += 1
    if (calls - 1 !== call) return
    if (act === 'throw') throw new Error('A callback was made to throw.')
    perform(session, act)
  }
  const notifier = (): 'ok' => {
    called()
    return 'ok'
  }
  const end =
    by === 'notifier'
      ? registerMemoryNotifier(machine.memoryChain, { name: 'callback', priority: 0, notifier })
      : machine.observe(called, { onError: () => undefined })
  return {
    get hasActed() {
      return calls > call
    },
    get hasPerformed() {
      return calls > call && by === 'listener' && act !== 'throw'
    },
    end,
  }
}
