import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'

/**
 * The state of a driver on a machine, by its type: the one place where what `initialState` gave gets it back. Read it
 * anew in each operation: `restoreSnapshot` replaces it.
 * @param name of the driver
 * @returns a function of the machine. Invariant: the machine has such a driver
 * @beta
 */
export const driverState =
  <State>(name: string): ((machine: Machine) => State) =>
  (machine) => {
    const state = machine.state.memory.drivers[name]
    invariant(state !== undefined, `The machine has the driver "${name}".`)
    return state as State
  }
