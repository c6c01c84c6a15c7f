import { invariant } from '../errors/invariant'
import type { HasState, StateSlot } from '../model/state-slot'
import { noteDrivers } from './write-log'

/**
 * A slot for state of an architecture.
 * @param key the slot's own, among those of one machine
 * @param fields which fields of the state the fingerprint covers; default: all
 * @beta
 */
// @__NO_SIDE_EFFECTS__
export const stateSlot = <T>(key: string, fields?: StateSlot<T>['fields']): StateSlot<T> => ({
  ...slotIn<T>('arch', key),
  ...(fields === undefined ? {} : { fields }),
})

/**
 * The slot for the state of a firmware driver: its definition declares it, and `initialState` fills it. The fingerprint
 * covers every field.
 * @param name of the driver
 * @beta
 */
// @__NO_SIDE_EFFECTS__
export const driverSlot = <T>(name: string): StateSlot<T> => slotIn('drivers', name)

/** The one place where state of a plugin is given its type. */
function slotIn<T>(holder: StateSlot<T>['holder'], key: string): StateSlot<T> {
  const find = (machine: HasState): T | undefined => {
    if (holder === 'drivers') noteDrivers(machine)
    return machine.state.memory[holder][key] as T | undefined
  }
  return {
    holder,
    key,
    find,
    of(machine) {
      const state = find(machine)
      invariant(state !== undefined, `The machine has the state "${key}".`)
      return state
    },
    put(machine, state) {
      if (holder === 'drivers') noteDrivers(machine)
      machine.state.memory[holder][key] = state
    },
  }
}
