import type { MachineDescription } from '@memhp/core'
import type { CallbackDeed, FaultDeed, MachineOperation } from '@memhp/trace'
import { stringify } from 'yaml'
import { SCENARIO_VERSION } from './scenario'

/** A run of operations to be written as a scenario. */
export interface WrittenRun {
  readonly title: string
  /** What it shows, in sentences. */
  readonly description: string
  readonly machine: MachineDescription
  readonly steps: readonly {
    readonly operation: MachineOperation
    readonly fault?: FaultDeed | undefined
    readonly callback?: CallbackDeed | undefined
    /** The code that it is refused with; undefined where it is done. */
    readonly code?: string | undefined
  }[]
}

/** The text of a scenario that carries out these operations, and expects what they came to. */
export function formatScenario({ title, description, machine, steps }: WrittenRun): string {
  const written = steps.map(({ operation, fault, callback, code }) => ({
    operation: {
      do: operation,
      ...(fault === undefined ? {} : { fault }),
      ...(callback === undefined ? {} : { callback }),
    },
    ...(code === undefined ? {} : { code }),
  }))
  return stringify({
    'memhp-scenario': SCENARIO_VERSION,
    title,
    description,
    machine: { description: machine },
    steps: written,
  })
}
