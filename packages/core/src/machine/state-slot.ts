import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import type { StateSlot } from '../model/state-slot'

/**
 * A slot for state of an architecture. The one place where such state is given its type.
 * @param key the slot's own, among those of one machine
 * @param fields which fields of the state the fingerprint covers; default: all
 * @beta
 */
// @__NO_SIDE_EFFECTS__
export function stateSlot<T>(key: string, fields?: StateSlot<T>['fields']): StateSlot<T> {
  const find = ({ state }: Machine): T | undefined => state.memory.arch[key] as T | undefined
  return {
    key,
    ...(fields === undefined ? {} : { fields }),
    find,
    of(machine) {
      const state = find(machine)
      invariant(state !== undefined, `The machine has the state "${key}".`)
      return state
    },
    put(machine, state) {
      machine.state.memory.arch[key] = state
    },
  }
}
