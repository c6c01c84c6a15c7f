import { type NodeDescription, rangesOverlap } from '@memhp/core'
import type { BareBlock, BareTopology } from '@memhp/topology'

/** The nodes of a block, ascending. Never empty. */
export type NodePlacer = (block: BareBlock) => readonly number[]

/** Finds the nodes of blocks: what the reading says, else what can be told from zones, and that is said. */
export function nodePlacer(
  topology: BareTopology,
  assumeOf: (block: number, sentence: string) => void,
): NodePlacer {
  const [first = 0] = topology.nodes.map(({ id }): number => id)
  return (block) => {
    if (block.nodes.length > 0) return block.nodes
    const spanning = topology.zones.filter(
      ({ span }) => span !== null && rangesOverlap(span, block),
    )
    const [node, ...others] = new Set(spanning.map((zone): number => zone.node))
    if (node !== undefined && others.length === 0) return [node]
    if (topology.nodes.length > 0) {
      assumeOf(block.id, `no file tells its node: it is taken to be on node ${first}, the first.`)
    }
    return [first]
  }
}

/**
 * The nodes of a machine. A node whose CPUs are unknown has one, so that it does not go with its memory; a CPU that two nodes
 * name is the first's.
 */
export function describeNodes(
  { nodes }: BareTopology,
  assume: (sentence: string) => void,
): NodeDescription[] {
  if (nodes.length === 0) {
    assume('The host shows no nodes: all its memory and its processor are on node 0.')
    return [{ id: 0, cpus: [0] }]
  }
  const online = nodes.filter((node) => node.online || node.blocks.length > 0)
  const taken = new Set(online.flatMap(({ cpus }) => cpus ?? []))
  let next = 0
  const freeCpu = (): number => {
    while (taken.has(next)) next++
    taken.add(next)
    return next
  }
  const owned = new Set<number>()
  const ownCpus = (cpus: readonly number[]): number[] => {
    const own = cpus.filter((cpu) => !owned.has(cpu))
    for (const cpu of own) owned.add(cpu)
    return own
  }
  return online.map(({ id, cpus, distances, blocks }) => {
    if (cpus === null) assume(`The CPUs of node ${id} are unknown: it is taken to have one.`)
    return {
      id,
      cpus: cpus === null ? [freeCpu()] : ownCpus(cpus),
      ...(cpus?.length === 0 && blocks.length === 0 && { online: true }),
      ...(distances.length === online.length
        ? { distances: distances.map(({ distance }) => distance) }
        : {}),
    }
  })
}
