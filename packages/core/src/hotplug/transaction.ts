import { isHotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'

/** One operation in steps. Before the point of no return every exit undoes; after it nothing may refuse. */
export interface Transaction {
  /** A step that may refuse. `undo` runs, last first, when a later step refuses. */
  step<T>(name: string, act: () => T, undo?: () => void): T
  /** Something to be undone that belongs to no step of its own. */
  onUndo(undo: () => void): void
  /** From here on a refusal is a bug. */
  pointOfNoReturn(): void
}

/**
 * Runs `body` as one transaction. Every step is announced to `machine.hooks.step`, which may make it fail.
 * @throws whatever a step threw, after undoing; InvariantViolation for a refusal past the point of no return
 */
export function transact<T>(machine: Machine, operation: string, body: (tx: Transaction) => T): T {
  const undos: (() => void)[] = []
  let returnable = true
  const tx: Transaction = {
    step(name, act, undo) {
      if (returnable) machine.hooks.step?.(operation, name)
      const result = act()
      if (undo !== undefined) undos.push(undo)
      return result
    },
    onUndo: (undo) => void undos.push(undo),
    pointOfNoReturn: () => {
      returnable = false
    },
  }
  try {
    return body(tx)
  } catch (error) {
    if (!returnable) {
      invariant(
        !isHotplugError(error),
        `${operation}: refused past its point of no return: ${String(error)}`,
      )
      throw error
    }
    for (const undo of undos.reverse()) undo()
    throw error
  }
}
