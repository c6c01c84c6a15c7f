import type { Machine } from '@memhp/core'
import type { Topology } from '@memhp/topology'
import type { GoalWish, MachineView } from '../protocol/machine-view'
import type { FaultWish, Timeline } from '../protocol/timeline'
import { blockRuns } from './block-cells'
import { blockCount, isSoonAsked, outlookView } from './outlook'
import type { Recorder } from './recorder'

/** What is said of a machine beside what it is. */
export interface Said {
  readonly title: string
  readonly about: string
  readonly goal: GoalWish | null
}

/** A machine that has been opened, with its story where it comes with one. */
export interface Story {
  readonly machine: Machine
  readonly said: Said
  readonly timeline: Timeline | null
  readonly recorder: Recorder | null
  /** Tells the same with a fault in it; absent where none can be. */
  readonly retell?: (fault: FaultWish | null) => Promise<Story>
}

/** A machine as the page is told of it. @param readTopology of the machine as it is */
export async function machineView(
  machine: Machine,
  said: Said,
  readTopology: () => Promise<Topology>,
): Promise<MachineView> {
  const { geometry, arch, generation, state } = machine
  const runs = blockRuns(machine)
  const outlook = isSoonAsked(machine) ? await outlookView(machine, readTopology) : null
  const blocksOn = (node: number): number =>
    runs.reduce((sum, { start, end, cell }) => sum + (cell.node === node ? end - start : 0), 0)
  return {
    ...said,
    arch: arch.name,
    kernel: generation.name,
    pageBytes: geometry.pageBytes,
    blockBytes: geometry.blockBytes,
    sectionBytes: geometry.sectionBytes,
    memoryBytes: blockCount(machine) * geometry.blockBytes,
    runs,
    outlook,
    nodes: [...state.memory.nodes.values()]
      .filter(({ online, id }) => online || blocksOn(id) > 0)
      .map(({ id, cpus }) => ({ id, cpus: cpus.length, blocks: blocksOn(id) })),
  }
}
