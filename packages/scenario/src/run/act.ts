import { checkInvariants } from '@memhp/invariants'
import { perform, type Session } from '@memhp/trace'
import type { Action } from '../format/action'
import { carryOutChecked } from './checked-operation'
import { operationsOf, type Understanding } from './operations'

/**
 * Does to the machine what an action says. Deferred work is left for the machine to settle.
 * @returns the text that `read` read, else undefined
 * @throws HotplugError as the machine refuses; BAD_ARGUMENT for names that were not given, or that are taken
 */
export function carryOut(
  session: Session,
  action: Action,
  { dialects }: Pick<Understanding, 'dialects'> = {},
): string | undefined {
  const { machine } = session
  if (action.kind === 'read') return machine.tree.read(action.path)
  if (action.kind === 'check') checkInvariants(machine)
  if (action.kind === 'operation') {
    carryOutChecked(session, action)
    return undefined
  }
  const options = 'driver' in action ? { driver: action.driver } : {}
  for (const operation of operationsOf(action, { geometry: machine.geometry, dialects })) {
    perform(session, operation, options)
  }
  return undefined
}
