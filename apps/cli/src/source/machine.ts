import type { Machine } from '@memhp/core'
import { Option } from 'commander'
import { CliError } from '../errors'
import { KERNELS } from '../text/kernels'
import { describeSource, type SourceChoice } from './choice'
import { loadPlugins } from './plugins'

/** A machine, and what it takes for true without evidence, as sentences. */
export interface OpenedMachine {
  readonly machine: Machine
  readonly assumptions: readonly string[]
}

/** Says which generation a twin is to be of, in the help of commands that make one. */
export const GENERATION_HELP = `kernel that the machine runs (${KERNELS}); default: that of the host`

/** `--defect`, which may be given several times. */
export const defectOption = (): Option =>
  new Option(
    '--defect <id...>',
    'defect of the series of 2012 that the kernel is to have (docs/defects.md): D6',
  )

/** What is asked of a machine beyond where it comes from. */
export interface MachineWish {
  readonly kernel?: string
  /** Defects of the series of 2012 that the kernel is to have. */
  readonly defects?: readonly string[]
}

/** Only what has no generation yet can be given one. @throws CliError */
export function refuseGeneration(path: string, { kernel }: MachineWish): void {
  if (kernel === undefined) return
  throw new CliError(`--kernel is for twins, and ${path} is a scenario`, {
    remedy: 'name the kernel in the scenario: machine: { kernel: … }',
  })
}

/**
 * Builds the machine of a source: the twin of a capture, or a scenario's machine as the scenario leaves it.
 * @throws CliError for a host or a folder, which are not machines; what building throws
 */
export async function openMachine(
  choice: SourceChoice,
  wish: MachineWish = {},
): Promise<OpenedMachine> {
  switch (choice.kind) {
    case 'host':
    case 'folder':
      throw new CliError(`${describeSource(choice)} does not tell that: only a machine does`, {
        remedy: 'memhp capture -o FILE, then the same with FILE, which asks its twin',
      })
    case 'capture': {
      const { LOOKS, twinOf } = await import('@memhp/twin')
      const { readNamedCapture } = await import('./capture-source')
      return twinOf(await readNamedCapture(choice.path), await loadPlugins(), {
        ...wish,
        looks: LOOKS,
      })
    }
    case 'scenario': {
      refuseGeneration(choice.path, wish)
      const { runScenarioFile } = await import('./scenario-source')
      return { machine: (await runScenarioFile(choice.path)).machine, assumptions: [] }
    }
  }
}
