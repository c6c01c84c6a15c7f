import {
  DEFAULT_GENERATION,
  type GenerationOfRelease,
  generationOf,
  generationOfRelease,
  type MachineDescription,
} from '@memhp/core'
import type { HostFacts } from './host-facts'

/** The kernel of the host: its generation, and what its files tell of its configuration. */
export function describeKernel(
  facts: HostFacts,
): Pick<MachineDescription, 'generation' | 'config'> {
  const { generation, match } = generationOfHost(facts)
  if (match === 'nearest') {
    const { is } = generation.kernels
    const model = is === null ? generation.name : `Linux ${is.join('.')}`
    facts.assume(`The kernel is ${facts.capture.kernelRelease}; the twin behaves like ${model}.`)
  }
  const config =
    facts.zones.length === 0
      ? {}
      : { zoneDevice: facts.zones.some(({ name }) => name === 'Device') }
  return { generation: generation.name, config }
}

const generationOfHost = ({ capture }: HostFacts): GenerationOfRelease =>
  generationOfRelease(capture.kernelRelease) ?? {
    generation: generationOf(DEFAULT_GENERATION),
    match: 'nearest',
  }
