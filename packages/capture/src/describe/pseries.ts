import type { BootBlockFacts } from '@memhp/core'
import type { HostFacts } from './host-facts'

/** One DIMM of a pseries guest, as far as its memory blocks tell. Bytes. */
export interface PseriesDimmFacts {
  /** Made up: `dimm0`, `dimm1`, … by address. The host does not know the hypervisor's name. */
  readonly id: string
  readonly address: number
  sizeBytes: number
  readonly node: number
  /** Its blocks exist already. */
  readonly bound: true
}

/** `drivers.pseries` of a described machine. Plain data, a part of what the pseries driver takes. */
export interface PseriesConfigFacts {
  /** Bytes of a logical memory block, which on this platform is a memory block. */
  readonly lmbBytes: number
  readonly devices: readonly PseriesDimmFacts[]
  readonly slots?: number
}

/**
 * The LMBs of a POWER partition: blocks that were hot-added, neighbours of one node taken for one DIMM.
 * @returns undefined for other architectures
 */
export function describePseries(
  facts: HostFacts,
  blocks: readonly BootBlockFacts[],
): PseriesConfigFacts | undefined {
  if (!facts.capture.arch.startsWith('ppc64')) return undefined
  const lmbBytes = facts.blockBytes
  const devices: PseriesDimmFacts[] = []
  for (const block of [...blocks].sort((a, b) => a.id - b.id)) {
    if (block.early) continue
    const address = block.id * lmbBytes
    const node = block.nodes[0] ?? 0
    const last = devices.at(-1)
    if (last !== undefined && last.address + last.sizeBytes === address && last.node === node) {
      last.sizeBytes += lmbBytes
    } else {
      devices.push({ id: `dimm${devices.length}`, address, sizeBytes: lmbBytes, node, bound: true })
    }
  }
  if (devices.length > 0) {
    facts.assume('Neighbouring hot-added LMBs of a node are taken for one DIMM: no file tells.')
  }
  return { lmbBytes, devices }
}
