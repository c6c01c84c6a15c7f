import {
  type AssumedChange,
  DEFAULT_GENERATION,
  type Generation,
  type GenerationOfRelease,
  generationOf,
  generationOfRelease,
  HotplugError,
  type KernelConfig,
  type MachineDescription,
  otherKernels,
} from '@memhp/core'
import type { HostFacts } from './host-facts'

/**
 * The kernel of the host: its generation, and what its files tell of its configuration.
 * @param options `asked`: a generation that the twin is to be of, whatever kernel the host runs
 * @throws HotplugError BAD_DESCRIPTION for a generation that is not known; UNKNOWN_PLUGIN where none is asked for and the host's
 *   kernel is later than all that are known
 */
export function describeKernel(
  facts: HostFacts,
  options: {
    readonly asked: string | undefined
    readonly config: Partial<KernelConfig> | undefined
  },
): Pick<MachineDescription, 'kernel' | 'config'> {
  const { asked, config: told } = options
  const { kernelRelease } = facts.capture
  const own = generationOfHost(facts)
  if (asked === undefined && own.match === 'later') throw unknownKernel(facts)
  const generation = asked === undefined ? own.generation : generationOf(asked, facts.kernels)
  if (generation !== own.generation) {
    facts.assume(
      `The kernel is ${kernelRelease}; the twin was asked to behave like ${generation.name}.`,
    )
  } else if (own.match === 'nearest') {
    const { is } = generation.kernels
    const model = is === null ? generation.name : `Linux ${is.join('.')}`
    facts.assume(`The kernel is ${kernelRelease}; the twin behaves like ${model}.`)
  }
  if (asked === undefined) tellAssumed(facts, own.assumed)
  const config = { ...shownConfig(facts, generation), ...told }
  return {
    kernel: generation.name,
    ...(Object.keys(config).length > 0 ? { config } : {}),
  }
}

function unknownKernel({ capture: { kernelRelease }, kernels }: HostFacts): HotplugError {
  const known = kernels.map(({ name }) => name).join(', ')
  const text = `No kernel for the release "${kernelRelease}". There: ${known}.${otherKernels(kernels)}`
  return new HotplugError('UNKNOWN_PLUGIN', 'EINVAL', text, { detail: { kernelRelease } })
}

/** Tells of changes that no kernel decides which was looked at, as far as they are of the host's architecture. */
function tellAssumed(facts: HostFacts, assumed: readonly AssumedChange[]): void {
  for (const { what, arch, isThere, asOn } of assumed) {
    if (arch !== undefined && arch !== facts.capture.arch) continue
    const how = isThere ? 'It is assumed, as on' : 'It is assumed that this is not so, as on'
    facts.assume(
      `Of ${facts.capture.kernelRelease} it is not known whether: ${what} ${how} ${asOn}.`,
    )
  }
}

/**
 * What the files of the host tell of its configuration: a kernel without NUMA names no node, one without MEMORY_FAILURE counts no
 * HardwareCorrupted. Source: meminfo_proc_show, fs/proc/meminfo.c 6.1.
 */
function shownConfig(facts: HostFacts, generation: Generation): Partial<KernelConfig> {
  const isOption = generation.config.common.zoneDevice !== null
  const zoneDevice = facts.zones.some(({ name }) => name === 'Device')
  const meminfo = facts.text('/proc/meminfo')
  return {
    ...(meminfo === undefined ? {} : { memoryFailure: /^HardwareCorrupted:/m.test(meminfo) }),
    ...(isOption && facts.zones.length > 0 ? { zoneDevice } : {}),
    ...(facts.topology.nodes.length > 0 ? { numa: true } : {}),
  }
}

const generationOfHost = ({ capture, kernels }: HostFacts): GenerationOfRelease =>
  generationOfRelease(capture.kernelRelease, kernels) ?? {
    generation: generationOf(DEFAULT_GENERATION, kernels),
    match: 'nearest',
    assumed: [],
  }
