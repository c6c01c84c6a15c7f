import { parseScenario, runScenario, type Session } from '@memhp/scenario'
import { loadPlugins } from '../source/plugins'

const DEFAULT_SCENARIO = `memhp-scenario: 1
title: A machine to try things on
machine:
  memory: 2G
  cpus: 2
  possible-nodes: 0-1
  acpi: { slots: 4 }
steps: [check]
`

/** The machine of a shell that is given none: a guest of 2 GiB with four empty slots for memory. */
export async function openDefaultMachine(): Promise<Session> {
  const scenario = parseScenario(DEFAULT_SCENARIO, { name: 'default' })
  const { session } = await runScenario(scenario, { plugins: await loadPlugins(), until: 0 })
  return session
}
