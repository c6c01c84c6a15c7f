import { existsSync } from 'node:fs'
import { runScenario } from '@memhp/scenario'
import { openSession, type Session } from '@memhp/trace'
import { type Command, Option } from 'commander'
import { CliError } from '../errors'
import { DEFAULT_ARCHS, type DefaultArch, openDefaultMachine } from '../shell/default-machine'
import { defectOption, GENERATION_HELP, openMachine, refuseGeneration } from '../source/machine'
import { withOrdinaryFiles } from '../source/ordinary-files'
import { readScenarioFile, scenarioBootOptions } from '../source/scenario-source'
import { checkUntil, readStepNumber } from '../source/step-number'

/** What is asked of a machine that one works on. */
export interface SessionWish {
  /** Steps of a scenario that are carried out; all where absent. */
  readonly until?: number
  readonly arch?: DefaultArch
  readonly kernel?: string
  readonly defect?: readonly string[]
}

/** The machine of a scenario after its steps; whether they met their expectations does not matter here. */
async function openScenario(
  path: string,
  { until, defect }: Pick<SessionWish, 'until' | 'defect'>,
): Promise<Session> {
  const scenario = await readScenarioFile(path)
  checkUntil(scenario, until)
  const result = await runScenario(withOrdinaryFiles(scenario), {
    ...(await scenarioBootOptions(path)),
    onFailure: 'continue',
    ...(until === undefined ? {} : { until }),
    ...(defect === undefined ? {} : { defects: defect }),
  })
  return result.session
}

/**
 * Opens a machine to work on: the twin of a capture, a scenario's machine as the scenario leaves it, or one to try things on.
 * @param path a capture or a scenario; undefined for a machine to try things on
 * @throws CliError where flags and machine contradict each other
 */
export async function openSessionOf(
  path: string | undefined,
  flags: SessionWish,
): Promise<Session> {
  const { arch, kernel, until } = flags
  const wish = {
    ...(kernel === undefined ? {} : { kernel }),
    ...(flags.defect === undefined ? {} : { defects: flags.defect }),
  }
  const isScenario = path !== undefined && /\.ya?ml$/i.test(path)
  if (until !== undefined && !isScenario) {
    throw new CliError('--until counts the steps of a scenario, and none is named', {
      remedy: 'name a scenario (.yaml), or leave --until out',
    })
  }
  if (path === undefined) return openDefaultMachine(arch === undefined ? wish : { arch, ...wish })
  if (arch !== undefined) {
    throw new CliError(`--arch chooses a machine to try things on, and ${path} is one already`, {
      remedy: 'leave one of them out',
    })
  }
  if (isScenario) {
    refuseGeneration(path, wish)
    return openScenario(path, flags)
  }
  const { machine } = await openMachine({ kind: 'capture', path }, wish)
  return openSession(machine)
}

const isArch = (name: string): name is DefaultArch =>
  (DEFAULT_ARCHS as readonly string[]).includes(name)

/** What the argument of commands that put a machine behind paths says in the help. */
export const MACHINE_ARGUMENT =
  'an architecture (a machine to try things on), a capture file, or a scenario (.yaml)'

/** Adds the flags that say what the machine is to be like. */
export const addSessionOptions = (command: Command): Command =>
  command
    .option('--kernel <name>', GENERATION_HELP)
    .addOption(
      new Option(
        '--until <step>',
        'run a scenario to this step only; 0 boots its machine',
      ).argParser(readStepNumber),
    )
    .addOption(defectOption())

/**
 * The machine of an argument: that of an architecture's name, or of a file.
 * @throws CliError where it is neither, and as `openSessionOf`
 */
export async function openNamedSession(
  name: string,
  flags: Omit<SessionWish, 'arch'>,
): Promise<Session> {
  if (isArch(name)) return openSessionOf(undefined, { ...flags, arch: name })
  if (/^\w+$/.test(name) && !existsSync(name)) {
    throw new CliError(`"${name}" is neither an architecture nor a file`, {
      remedy: `${DEFAULT_ARCHS.join(', ')}, or the name of a capture or a scenario`,
    })
  }
  return openSessionOf(name, flags)
}
