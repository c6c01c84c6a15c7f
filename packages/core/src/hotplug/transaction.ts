import { isHotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import { passStep } from '../machine/faults'
import { operate } from '../machine/operation'
import type { Machine } from '../model/machine'
import type { StepPhase } from '../model/machine-event'
import type { Transaction } from '../model/steps'

/** A transaction on its way. Observers of the machine are told how it proceeds. */
class RunningTransaction implements Transaction {
  readonly #machine: Machine
  readonly #operation: string
  readonly #undos: { readonly step: string | null; readonly undo: () => void }[] = []
  #mayFail = true

  constructor(machine: Machine, operation: string) {
    this.#machine = machine
    this.#operation = operation
  }

  step<T>(name: string, act: () => T, undo?: () => void): T {
    this.#tell(name, 'begun')
    try {
      if (this.#mayFail) passStep(this.#machine, { operation: this.#operation, step: name })
      const result = act()
      if (undo !== undefined) this.#undos.push({ step: name, undo })
      this.#tell(name, 'done')
      return result
    } catch (error) {
      this.#tell(name, 'failed')
      throw error
    }
  }

  onUndo(undo: () => void): void {
    this.#undos.push({ step: null, undo })
  }

  pointOfNoReturn(): void {
    this.#mayFail = false
  }

  /** Undoes what was done, last first. @throws InvariantViolation where a refusal came past the point of no return */
  fail(error: unknown): void {
    if (!this.#mayFail) {
      const text = `${this.#operation}: refused past its point of no return: ${String(error)}`
      invariant(!isHotplugError(error), text)
      return
    }
    for (const { step, undo } of this.#undos.reverse()) {
      undo()
      if (step !== null) this.#tell(step, 'undone')
    }
  }

  #tell(step: string, phase: StepPhase | 'undone'): void {
    const { observers, stepWatchers } = this.#machine
    const operation = this.#operation
    if (phase !== 'begun') {
      for (const watcher of stepWatchers)
        watcher({ operation, step, phase, mayFail: this.#mayFail })
    }
    if (!observers.hear('step')) return
    observers.tell({ kind: 'step', operation, step, phase, mayFail: this.#mayFail })
  }
}

/**
 * Runs `body` as one transaction.
 * @throws whatever a step threw, after undoing; InvariantViolation for a refusal past the point of no return; HotplugError
 *   OPERATION_IN_PROGRESS (EBUSY) where a notifier or a hook begins it within another
 */
export function transact<T>(machine: Machine, operation: string, body: (tx: Transaction) => T): T {
  return operate(machine, operation, () => runTransaction(machine, operation, body))
}

function runTransaction<T>(machine: Machine, operation: string, body: (tx: Transaction) => T): T {
  const { activity, observers } = machine
  const tx = new RunningTransaction(machine, operation)
  const tell = (phase: StepPhase): void => {
    if (observers.hear('transaction')) observers.tell({ kind: 'transaction', operation, phase })
  }
  tell('begun')
  activity.phase = 'transaction'
  try {
    const result = body(tx)
    tell('done')
    return result
  } catch (error) {
    try {
      tx.fail(error)
    } finally {
      tell('failed')
    }
    throw error
  } finally {
    activity.phase = 'operation'
  }
}
