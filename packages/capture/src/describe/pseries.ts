import type { BootBlockFacts } from '@memhp/core'
import { isAssignedLmb, type LmbRun, type LmbTableFile, lmbsOfRun } from '@memhp/kernel-files'
import type { HostFacts } from './host-facts'

/** LMBs that one DIMM of a hypervisor may hold, as far as the memory blocks tell. Bytes. */
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
  /** Bytes of a logical memory block. */
  readonly lmbBytes: number
  /** The device tree's LMBs; absent where no file tells. */
  readonly lmbs?: readonly LmbRun[]
  /** The property that lists them. */
  readonly lmbFile?: LmbTableFile
  readonly devices: readonly PseriesDimmFacts[]
  readonly slots?: number
}

/** An LMB that the partition has. */
interface HeldLmb {
  readonly address: number
  readonly node: number
}

/** Assigned LMBs by the device tree; without one, the blocks that were hot-added. Ascending. */
function heldLmbs(facts: HostFacts, blocks: readonly BootBlockFacts[]): HeldLmb[] {
  const { lmbs, blockBytes } = facts
  const byId = new Map(blocks.map((block) => [block.id, block]))
  if (lmbs === undefined) {
    return [...blocks]
      .sort((a, b) => a.id - b.id)
      .filter(({ early }) => !early)
      .map(({ id, nodes }) => ({ address: id * blockBytes, node: nodes[0] ?? 0 }))
  }
  return lmbs.runs
    .filter(isAssignedLmb)
    .flatMap((run) => lmbsOfRun(run, lmbs.lmbBytes))
    .flatMap(({ base }) => {
      const block = byId.get(Math.floor(base / blockBytes))
      return block === undefined ? [] : { address: base, node: block.nodes[0] ?? 0 }
    })
}

/**
 * The LMBs of a POWER partition, neighbours of one node taken for one DIMM.
 * @returns undefined for other architectures
 */
export function describePseries(
  facts: HostFacts,
  blocks: readonly BootBlockFacts[],
): PseriesConfigFacts | undefined {
  if (!facts.capture.arch.startsWith('ppc64')) return undefined
  const { lmbBytes, file, runs } = facts.lmbs ?? { lmbBytes: facts.blockBytes }
  const devices: PseriesDimmFacts[] = []
  for (const { address, node } of heldLmbs(facts, blocks)) {
    const last = devices.at(-1)
    if (last !== undefined && last.address + last.sizeBytes === address && last.node === node) {
      last.sizeBytes += lmbBytes
    } else {
      devices.push({ id: `dimm${devices.length}`, address, sizeBytes: lmbBytes, node, bound: true })
    }
  }
  if (devices.length > 0) {
    facts.assume('Neighbouring LMBs of a node are taken for one DIMM: no file tells.')
  }
  const table = runs === undefined || file === undefined ? {} : { lmbs: runs, lmbFile: file }
  return { lmbBytes, ...table, devices }
}
