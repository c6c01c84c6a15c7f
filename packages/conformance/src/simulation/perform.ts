import { fingerprint, invariant, settle } from '@memhp/core'
import type { Step } from '@memhp/invariants'
import { type MachineOperation, perform, standCallback, standFault } from '@memhp/trace'
import { withoutStacks } from '../without-stacks'
import type { SimOperation, SimStep } from './operation'
import { obstacleNames, type World } from './world'

/** A step that was carried out. */
export interface PerformedStep {
  /** What `checkStep` needs. */
  readonly step: Step
  /** No other operation was carried out within it, and time was not turned back: what changed is what it changed. */
  readonly isAlone: boolean
}

/** Carries a step out, with its fault and its callback, and lets the machine settle. */
export function performStep(world: World, wanted: SimStep): PerformedStep {
  const { machine } = world
  const operations = operationsOf(world, wanted.operation)
  const fault = wanted.fault && standFault(machine, wanted.fault)
  const callback = wanted.callback && standCallback(world, wanted.callback)
  try {
    const act = (): void => {
      for (const operation of operations) {
        performOne(world, operation)
        if (operation.op === 'restore' && callback?.hasPerformed !== true) checkRestored(world)
      }
      settle(machine)
    }
    const isFaulted = (): boolean => callback?.hasActed === true
    const first = operations[0] ?? { op: 'settle' }
    const step = withoutStacks(() => world.watch.step(first, act, isFaulted))
    const isAlone = wanted.operation.op !== 'restore' && callback?.hasPerformed !== true
    return { step, isAlone }
  } finally {
    callback?.end()
    fault?.end()
  }
}

/** The operations that a step stands for. */
export const operationsOf = (world: World, operation: SimOperation): readonly MachineOperation[] =>
  operation.op === 'clear'
    ? obstacleNames(world, operation.block).map((file) => ({ op: 'drop', file }))
    : [operation]

function performOne(world: World, operation: MachineOperation): void {
  perform(world, operation)
  if (operation.op === 'snapshot') world.remembered = fingerprint(world.machine)
}

/** The machine is what it was at the snapshot. Not where a callback has carried something out as it came back. */
function checkRestored({ machine, remembered }: World): void {
  const now = fingerprint(machine)
  invariant(now === remembered, `Restored to ${now}, not ${remembered}.`)
}
