import { type Errno, type ErrorCode, isHotplugError } from '@memhp/core'
import type { Action } from '../format/action'
import { carryOut } from './act'
import type { Session } from './session'

/** What became of a step's action. A step without one is done. */
export type Outcome =
  | { readonly kind: 'done'; readonly text?: string }
  | {
      readonly kind: 'refused'
      readonly errno: Errno
      readonly code: ErrorCode
      readonly message: string
    }

/** Carries an action out and keeps a refusal as an outcome. */
export function attempt(session: Session, action: Action | undefined): Outcome {
  if (action === undefined) return { kind: 'done' }
  try {
    const text = carryOut(session, action)
    return text === undefined ? { kind: 'done' } : { kind: 'done', text }
  } catch (error) {
    if (!isHotplugError(error)) throw error
    const { errno, code, message } = error
    return { kind: 'refused', errno, code, message }
  }
}
