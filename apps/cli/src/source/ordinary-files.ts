import { DEFAULT_GENERATION } from '@memhp/core'
import { ordinaryTexts } from '@memhp/kernel-files'
import type { Scenario } from '@memhp/scenario'

/**
 * A scenario whose machine shows its counts of memory among all other lines that its kernel prints, and the release of that, so that programs
 * that are run on it find what they look for. A captured machine has its own; texts that the scenario gives win.
 */
export function withOrdinaryFiles(scenario: Scenario): Scenario {
  const { machine } = scenario
  if (machine.kind !== 'described') return scenario
  const { kernel = DEFAULT_GENERATION, nodes, possibleNodes = [] } = machine.description
  const [, release, version] = /^v((\d+\.\d+).*)/.exec(kernel) ?? []
  if (release === undefined || version === undefined) return scenario
  const numbers = [...new Set([...nodes.map(({ id }) => id), ...possibleNodes])]
  const files = {
    '/proc/sys/kernel/osrelease': `${release}\n`,
    ...ordinaryTexts({ version, nodes: numbers }),
    ...machine.description.files,
  }
  return { ...scenario, machine: { ...machine, description: { ...machine.description, files } } }
}
