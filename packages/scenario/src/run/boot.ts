import type { Capture } from '@memhp/capture'
import {
  type Awaitable,
  createMachine,
  isHotplugError,
  type Machine,
  type MachineDescription,
  type Plugins,
} from '@memhp/core'
import type { FirmwareDialect } from '@memhp/core/plugin'
import type { Scenario } from '../format/scenario'
import { badScenario } from '../read/problem'

/** What a scenario needs from outside to get its machine. */
export interface BootOptions {
  readonly plugins: Plugins
  /** Of the firmware that its machine may have; default: of all that @memhp/platforms lists. */
  readonly dialects?: readonly FirmwareDialect[]
  /**
   * Loads the capture that a scenario names. @param path as the scenario has it
   * Without it a scenario that names one is refused.
   */
  readonly loadCapture?: (path: string) => Awaitable<Capture>
  /** Defects that a described machine has besides those of the scenario; `left-out`: it has not even these. */
  readonly defects?: readonly string[] | 'left-out'
}

/** A machine that has booted for a scenario. */
export interface BootedMachine {
  readonly machine: Machine
  /** Sentences: what the twin of a captured host takes for true without evidence. Empty for described machines. */
  readonly assumptions: readonly string[]
}

/**
 * Boots the machine of a scenario.
 * @throws HotplugError BAD_SCENARIO where the machine cannot be as described, UNKNOWN_PLUGIN, and what
 * `loadCapture` throws
 */
export async function bootScenario(
  scenario: Scenario,
  options: BootOptions,
): Promise<BootedMachine> {
  const { machine } = scenario
  if (machine.kind === 'capture') {
    const { loadCapture, plugins, dialects } = options
    if (loadCapture === undefined) {
      const message = 'nothing is given to load the capture with; give a loadCapture'
      throw badScenario([{ place: machine.place, message }])
    }
    const { LOOKS, twinOf } = await import('@memhp/twin')
    return twinOf(await loadCapture(machine.path), plugins, { dialects, looks: LOOKS })
  }
  try {
    const description = withDefects(machine.description, options.defects)
    return { machine: createMachine(description, options.plugins), assumptions: [] }
  } catch (error) {
    if (!isHotplugError(error) || error.code !== 'BAD_DESCRIPTION') throw error
    throw badScenario([{ place: machine.place, message: error.message }], error)
  }
}

function withDefects(
  { defects: own = [], ...description }: MachineDescription,
  more: BootOptions['defects'] = [],
): MachineDescription {
  const defects = more === 'left-out' ? [] : [...new Set([...own, ...more])]
  return defects.length === 0 ? description : { ...description, defects }
}
