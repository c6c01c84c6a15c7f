import { openSession, parseScenario, runScenario } from '@memhp/scenario'
import { runText } from '../../src/shell/execute'
import { createShell, type ShellState } from '../../src/shell/state'
import { loadPlugins } from '../../src/source/plugins'

const SCENARIO = `memhp-scenario: 1
title: t
machine: { memory: 1G, possible-nodes: 0-1, acpi: { slots: 2, window: { start: 4G } } }
steps: [check]
`

/** A shell on a small machine with 1 GiB and two empty slots. */
export async function openTestShell(): Promise<ShellState> {
  const scenario = parseScenario(SCENARIO, { name: 'test' })
  const { machine } = await runScenario(scenario, { plugins: await loadPlugins(), until: 0 })
  return createShell(openSession(machine))
}

/** What a line of commands left behind. */
export interface Said {
  readonly out: string
  readonly err: string
  readonly status: number
}

/** Runs commands and collects what they say. */
export async function say(shell: ShellState, text: string, stdin = ''): Promise<Said> {
  let out = ''
  let err = ''
  const status = await runText(shell, text, {
    stdin,
    out: (part) => {
      out += part
    },
    err: (part) => {
      err += part
    },
  })
  return { out, err, status }
}
