import type { Generation } from '../model/generation'
import { ADD_STEPS } from './add'
import { OFFLINE_STEPS } from './offline'
import { ONLINE_STEPS } from './online'
import { REMOVE_STEPS } from './remove'
import { type ChosenSteps, chosenSteps } from './steps'

/** A transaction of memory hot-plug. @alpha */
export type TransactionName = 'add' | 'online' | 'offline' | 'remove'

/** What a generation does in each transaction: the names of its steps, in order. @alpha */
export function transactionSteps({
  rules,
}: Pick<Generation, 'rules'>): Readonly<Record<TransactionName, ChosenSteps>> {
  return {
    add: chosenSteps(ADD_STEPS, rules),
    online: chosenSteps(ONLINE_STEPS, rules),
    offline: chosenSteps(OFFLINE_STEPS, rules),
    remove: chosenSteps(REMOVE_STEPS, rules),
  }
}
