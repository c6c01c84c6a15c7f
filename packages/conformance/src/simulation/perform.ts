import { fingerprint, invariant, settle } from '@memhp/core'
import type { Step } from '@memhp/invariants'
import { type MachineOperation, perform } from '@memhp/trace'
import { failStep } from '../step-fault'
import type { SimOperation, SimStep } from './operation'
import { obstacleNames, type World } from './world'

/**
 * Carries a step out, with its fault, and lets the machine settle.
 * @returns what `checkStep` needs
 */
export function performStep(world: World, step: SimStep): Step {
  const { machine } = world
  const operations = operationsOf(world, step.operation)
  const failure = step.fault && failStep(machine, step.fault)
  try {
    return world.watch.step(operations[0] ?? { op: 'settle' }, () => {
      for (const operation of operations) performOne(world, operation)
      settle(machine)
    })
  } finally {
    failure?.heal()
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
  if (operation.op !== 'restore') return
  const now = fingerprint(world.machine)
  invariant(now === world.remembered, `Restored to ${now}, not ${world.remembered}.`)
}
