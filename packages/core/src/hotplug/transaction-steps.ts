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
  steps,
}: Pick<Generation, 'rules' | 'steps'>): Readonly<Record<TransactionName, ChosenSteps>> {
  return {
    add: chosenSteps(steps?.add(ADD_STEPS) ?? ADD_STEPS, rules),
    online: chosenSteps(steps?.online(ONLINE_STEPS) ?? ONLINE_STEPS, rules),
    offline: chosenSteps(steps?.offline(OFFLINE_STEPS) ?? OFFLINE_STEPS, rules),
    remove: chosenSteps(steps?.remove(REMOVE_STEPS) ?? REMOVE_STEPS, rules),
  }
}
