import type { Generation } from '../model/generation'
import { ADD_STEPS } from './add'
import { OFFLINE_STEPS } from './offline'
import { ONLINE_STEPS } from './online'
import { REMOVE_STEPS } from './remove'
import { type ChosenSteps, chosenSteps, stepsOf } from './steps'

/** A transaction of memory hot-plug. @alpha */
export type TransactionName = 'add' | 'online' | 'offline' | 'remove'

/** What a generation does in each transaction: the names of its steps, in order. @alpha */
export function transactionSteps(
  generation: Pick<Generation, 'rules' | 'steps'>,
): Readonly<Record<TransactionName, ChosenSteps>> {
  const { rules } = generation
  return {
    add: chosenSteps(stepsOf(generation, 'add', ADD_STEPS), rules),
    online: chosenSteps(stepsOf(generation, 'online', ONLINE_STEPS), rules),
    offline: chosenSteps(stepsOf(generation, 'offline', OFFLINE_STEPS), rules),
    remove: chosenSteps(stepsOf(generation, 'remove', REMOVE_STEPS), rules),
  }
}
