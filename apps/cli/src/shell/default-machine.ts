import { DEFAULT_GENERATION } from '@memhp/core'
import { parseScenario, runScenario } from '@memhp/scenario'
import type { Session } from '@memhp/trace'
import { loadPlugins } from '../source/plugins'

/** Architectures that there is a machine to try things on for. */
export const DEFAULT_ARCHS = ['x86_64', 'x86_32', 'ppc64le'] as const

/** One of `DEFAULT_ARCHS`. */
export type DefaultArch = (typeof DEFAULT_ARCHS)[number]

/** Empty slots for memory, in the words of each firmware. */
const SLOTS: Readonly<Record<DefaultArch, string>> = {
  x86_64: 'acpi: { slots: 4 }',
  x86_32: 'acpi: { slots: 4 }',
  ppc64le: 'drivers: { pseries: { slots: 4 } }',
}

/** The kernel where none is asked for: the newest that has memory hot-plug on the architecture. */
const KERNELS: Readonly<Record<DefaultArch, string>> = {
  x86_64: DEFAULT_GENERATION,
  x86_32: 'v3.10',
  ppc64le: DEFAULT_GENERATION,
}

const scenarioOf = (arch: DefaultArch, kernel: string): string => `memhp-scenario: 1
title: A machine to try things on
machine:
  arch: ${arch}
  kernel: ${JSON.stringify(kernel)}
  memory: 2G
  cpus: 2
  possible-nodes: 0-1
  ${SLOTS[arch]}
steps: [check]
`

/** The machine of a shell that is given none: a guest of 2 GiB with four empty slots for memory. */
export async function openDefaultMachine(
  wish: { readonly arch?: DefaultArch; readonly kernel?: string } = {},
): Promise<Session> {
  const { arch = 'x86_64', kernel = KERNELS[arch] } = wish
  const scenario = parseScenario(scenarioOf(arch, kernel), { name: 'default' })
  const { session } = await runScenario(scenario, { plugins: await loadPlugins(), until: 0 })
  return session
}
