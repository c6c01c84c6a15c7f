import { DEFAULT_GENERATION, GIB, isHotplugError } from '@memhp/core'
import { type Problem, parseScenario, runScenario } from '@memhp/scenario'
import type { Session } from '@memhp/trace'
import { CliError, EXIT } from '../errors'
import { withOrdinaryFiles } from '../source/ordinary-files'
import { loadPlugins } from '../source/plugins'

/** Architectures that there is a machine to try things on for. */
export const DEFAULT_ARCHS = [
  'x86_64',
  'x86_32',
  'ppc64le',
  's390x',
  'aarch64',
  'loongarch64',
  'riscv64',
  'ia64',
  'sh',
  'sparc64',
  'tile',
] as const

/** One of `DEFAULT_ARCHS`. */
export type DefaultArch = (typeof DEFAULT_ARCHS)[number]

/** What machines of the architectures differ in. */
interface DefaultMachine {
  /** Default: the newest that has rules. Else the newest that has memory hot-plug on the architecture, or that of 2012. */
  readonly kernel?: string
  readonly memory?: string
  /** Empty slots for memory, or standby memory, in the words of the firmware; none where no firmware names memory. */
  readonly slots?: string
}

const MACHINES: Readonly<Record<DefaultArch, DefaultMachine>> = {
  x86_64: { slots: 'acpi: { slots: 4 }' },
  x86_32: { kernel: 'v3.10', slots: 'acpi: { slots: 4 }' },
  ppc64le: { slots: 'drivers: { pseries: { slots: 4 } }' },
  s390x: { slots: `drivers: { sclp: { standby: [{ start: ${4 * GIB}, end: ${5 * GIB} }] } }` },
  aarch64: { memory: '[{ node: 0, size: 2G, start: 1G }]', slots: 'acpi: { slots: 4 }' },
  loongarch64: { slots: 'acpi: { slots: 4 }' },
  riscv64: { kernel: 'v7.2', memory: '[{ node: 0, size: 2G, start: 2G }]' },
  ia64: { slots: 'acpi: { slots: 4 }' },
  sh: { kernel: 'v3.10', memory: '128M' },
  sparc64: {},
  tile: { kernel: 'rfc9' },
}

function scenarioOf(arch: DefaultArch, kernel: string): string {
  const { memory = '2G', slots = '' } = MACHINES[arch]
  return `memhp-scenario: 1
title: A machine to try things on
machine:
  arch: ${arch}
  kernel: ${JSON.stringify(kernel)}
  memory: ${memory}
  cpus: 2
  possible-nodes: 0-1
  ${slots}
steps: [check]
`
}

/** What a wish that no machine can be made from is refused with: its user wrote flags, and no scenario. */
function badWish(error: unknown): unknown {
  if (!isHotplugError(error) || error.code !== 'BAD_SCENARIO') return error
  const problems = error.detail.problems as readonly Problem[]
  const words = problems.map(({ message }) =>
    message.replace(/^kernel: /, '--kernel: ').replace(/^defects\[\d+\]: /, '--defect: '),
  )
  return new CliError(words.join(' '), { exitCode: EXIT.badInput })
}

/**
 * The machine of a shell that is given none: a guest of 2 GiB with four empty slots for memory, where firmware has some.
 * @throws CliError where the kernel is not known, or has no memory hot-plug on the architecture, or not the defect
 */
export async function openDefaultMachine(
  wish: {
    readonly arch?: DefaultArch
    readonly kernel?: string
    readonly defects?: readonly string[]
  } = {},
): Promise<Session> {
  const { arch = 'x86_64' } = wish
  const { kernel = MACHINES[arch].kernel ?? DEFAULT_GENERATION } = wish
  const scenario = parseScenario(scenarioOf(arch, kernel), { name: 'default' })
  const plugins = await loadPlugins()
  const { session } = await runScenario(withOrdinaryFiles(scenario), {
    plugins,
    until: 0,
    ...(wish.defects === undefined ? {} : { defects: wish.defects }),
  }).catch((error: unknown) => {
    throw badWish(error)
  })
  return session
}
