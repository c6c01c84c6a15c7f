import type { Capture } from '@memhp/capture'
import type { Machine } from '@memhp/core'
import { hostTree } from '@memhp/host'
import type { ExplainedTopology } from '@memhp/topology'
import { type Command, Option } from 'commander'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { checkFolder } from '../file-problem'
import {
  addSourceOptions,
  describeSource,
  type NamedSource,
  type SourceChoice,
  type SourceFlags,
} from './choice'
import { type MachineWish, type OpenedMachine, refuseGeneration } from './machine'
import { loadPlugins } from './plugins'

/** A machine as removals are planned on it: its reading, with page use where that is known, and the machine in this process. */
export interface StudiedHost {
  readonly choice: NamedSource
  readonly topology: ExplainedTopology
  /** When its files were read; undefined where a capture does not say, and of a scenario. */
  readonly takenAt: string | undefined
  readonly notes: string | undefined
  /** Builds its twin; of a scenario it is the scenario's machine. What it throws `twinOf` throws. */
  readonly build: () => Promise<OpenedMachine>
}

/** The flags of `addStudyOptions`. */
export interface StudyFlags extends SourceFlags {
  /** False with `--no-pages`. */
  readonly pages: boolean
  readonly arch?: string
}

/** Adds the flags that name a machine, and those of reading a host as a capture does. */
export function addStudyOptions(command: Command): Command {
  const group = 'How this host or a folder is read:'
  const options = [
    new Option('--no-pages', 'do not read how pages are used: faster, and less is known'),
    new Option('--arch <name>', 'what uname -m prints there, if a folder does not say'),
  ]
  addSourceOptions(command)
  for (const option of options) command.addOption(option.helpGroup(group))
  return command
}

/** How a machine is studied. */
export interface StudyWish extends MachineWish, Pick<StudyFlags, 'pages' | 'arch'> {}

/**
 * Reads a machine as removals are planned on it. This host and folders are read as a capture reads them, without a file.
 * @throws HotplugError BAD_CAPTURE, BAD_SCENARIO, UNKNOWN_VERSION, EXPECTATION_FAILED, NOT_READABLE; CliError for what cannot be
 *   opened or holds no memory blocks
 */
export async function studyHost(
  choice: SourceChoice,
  wish: StudyWish,
  context: CliContext,
): Promise<StudiedHost> {
  refuseArch(choice, wish)
  switch (choice.kind) {
    case 'scenario':
      return studyScenario(choice, wish)
    case 'capture': {
      const { readNamedCapture } = await import('./capture-source')
      return studyCapture(choice, await readNamedCapture(choice.path), wish)
    }
    case 'host':
    case 'folder': {
      const { NAME_A_SYSROOT, takeHost } = await import('./take-host')
      const sysroot = choice.kind === 'folder' ? choice.path : undefined
      if (sysroot !== undefined) await checkFolder(sysroot, NAME_A_SYSROOT)
      const tree = hostTree(sysroot === undefined ? {} : { sysroot })
      const { pages, arch } = wish
      const from = { sysroot, options: { pages, ...(arch === undefined ? {} : { arch }) } }
      return studyCapture(choice, await takeHost(tree, from, context), wish)
    }
  }
}

/** @throws CliError where `--arch` is given beside what says its architecture itself */
export function refuseArch(choice: SourceChoice, { arch }: Pick<StudyWish, 'arch'>): void {
  if (arch === undefined || choice.kind === 'host' || choice.kind === 'folder') return
  throw new CliError(`--arch is for a folder, and ${describeSource(choice)} says it itself`, {
    remedy: 'leave it out',
  })
}

async function studyCapture(
  choice: SourceChoice,
  capture: Capture,
  { kernel, defects }: MachineWish,
): Promise<StudiedHost> {
  const { readCaptured } = await import('./capture-source')
  const topology = await readCaptured(capture)
  const { takenAt, notes } = capture
  const build = async (): Promise<OpenedMachine> => {
    const { twinOf } = await import('@memhp/twin')
    return twinOf(capture, await loadPlugins(), {
      ...(kernel === undefined ? {} : { kernel }),
      ...(defects === undefined ? {} : { defects }),
      host: topology,
    })
  }
  return { choice, topology, takenAt, notes, build }
}

/** The release that a generation is, or begins at. */
const releaseOf = ({ generation: { kernels } }: Machine): string =>
  (kernels.is ?? kernels.from).join('.')

/** The machine of a scenario as the scenario leaves it. Of it all is known, what is in its blocks too. */
async function studyScenario(
  choice: SourceChoice & { readonly kind: 'scenario' },
  wish: MachineWish,
): Promise<StudiedHost> {
  refuseGeneration(choice.path, wish)
  const { runScenarioFile } = await import('./scenario-source')
  const { topologyOf } = await import('@memhp/rehearsal')
  const { machine } = await runScenarioFile(choice.path)
  const topology = await topologyOf(machine, { release: releaseOf(machine) })
  const build = async (): Promise<OpenedMachine> => ({ machine, assumptions: [] })
  return { choice, topology, takenAt: undefined, notes: undefined, build }
}
