import { lastGiven } from '@memhp/kernel-files'
import { type BlockInfo, driverManagedMemory, type Topology } from '@memhp/topology'
import { kernelOf } from './kernel'
import type { Prediction } from './prediction'

const stays = (confidence: Prediction['confidence'], message: string): Prediction => ({
  outcome: 'refuses',
  confidence,
  reasons: [{ kind: 'boot-memory', message }],
})

/**
 * What an architecture never lets go. On arm64 a notifier of the kernel keeps boot memory, and since 7.3 memory that holds its
 * struct pages, whose edge lies within a leaf of the vmemmap (EPERM). Source: spec/other-architectures-seen.md, section 3.
 */
export function keptByArch(topology: Topology, block: BlockInfo): Prediction | undefined {
  if (topology.arch !== 'aarch64' && topology.arch !== 'arm64') return undefined
  const name = `memory${block.id}`
  if (block.device === null && driverManagedMemory(topology, block) === undefined) {
    const isListed = topology.devices.length > 0
    return stays(
      isListed ? 'certain' : 'likely',
      `${name} was there at boot: arm64 never lets boot memory go.`,
    )
  }
  if (!holdsMemmaps(topology) || !keepsPartsOfLeaves(topology)) return undefined
  return stays('likely', `${name} holds its struct pages: since Linux 7.3 arm64 never lets it go.`)
}

/** Whether added memory holds its struct pages, by the parameter's file or the command line. */
function holdsMemmaps({ policy, kernelParameters }: Topology): boolean {
  const given = lastGiven(kernelParameters, 'memory_hotplug.memmap_on_memory')
  return /^(?:[Yy1]|on|force)/.test(policy.memmapOnMemory ?? given?.value ?? '')
}

const keepsPartsOfLeaves = (topology: Topology): boolean =>
  kernelOf(topology)?.generation.rules.offline.partOfLeaf === 'refused'
