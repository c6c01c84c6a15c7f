import type { Machine } from '../model/machine'
import type { StepWatcher, Unsubscribe } from '../model/machine-event'

/**
 * Has a function called whenever a step of a transaction is done, has failed or was undone, at once and not when the
 * operation is over: for those who show a machine between two steps. It must only look; no snapshot can be taken then.
 * @returns ends the watch
 * @alpha
 */
export function watchSteps(machine: Machine, watcher: StepWatcher): Unsubscribe {
  // A new function for each call: the same watcher may be given twice.
  const called: StepWatcher = (step) => watcher(step)
  machine.stepWatchers.add(called)
  return () => void machine.stepWatchers.delete(called)
}
