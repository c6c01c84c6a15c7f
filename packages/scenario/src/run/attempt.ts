import { isHotplugError } from '@memhp/core'
import type { Session } from '@memhp/trace'
import type { Action } from '../format/action'
import type { Outcome } from '../session/outcome'
import { carryOut } from './act'
import type { Understanding } from './operations'

/** Carries an action out and keeps a refusal as an outcome. */
export function attempt(
  session: Session,
  action: Action | undefined,
  by: Pick<Understanding, 'dialects'>,
): Outcome {
  if (action === undefined) return { kind: 'done' }
  try {
    const text = carryOut(session, action, by)
    return text === undefined ? { kind: 'done' } : { kind: 'done', text }
  } catch (error) {
    if (!isHotplugError(error)) throw error
    const { errno, code, message } = error
    return { kind: 'refused', errno, code, message }
  }
}
