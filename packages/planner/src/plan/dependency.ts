import type { BlockId } from '@memhp/core'
import type { BlockInfo } from '@memhp/topology'
import type { PlanWarning } from './plan'

/** What describes one block lies in another, which cannot go offline before it. */
export interface BlockDependency {
  readonly block: BlockId
  /** The block that must go later. */
  readonly host: BlockId
  /** What lies there, as a noun: `the page_cgroup table`. */
  readonly what: string
}

/** Tells the planner what lies in the way of the blocks that are to go. Blocks that stay may be named as well. */
export type DependencyHook = (blocks: readonly BlockInfo[]) => readonly BlockDependency[]

/**
 * Puts each block before those that hold what describes it; else the order stays as it is. Blocks that hold each other's
 * are left in their order: none that works exists.
 */
export function orderByDependencies(
  blocks: readonly BlockInfo[],
  dependencies: readonly BlockDependency[],
): readonly BlockInfo[] {
  const left = [...blocks]
  const ordered: BlockInfo[] = []
  const isFree = ({ id }: BlockInfo): boolean =>
    !dependencies.some(
      ({ block, host }) => host === id && block !== id && left.some((other) => other.id === block),
    )
  while (left.length > 0) {
    const free = left.findIndex(isFree)
    ordered.push(...left.splice(Math.max(0, free), 1))
  }
  return ordered
}

/** Blocks that hold what describes others, of which all go. */
export const freedHosts = (
  blocks: readonly BlockInfo[],
  dependencies: readonly BlockDependency[],
): ReadonlySet<BlockId> => {
  const going = new Set(blocks.map(({ id }) => id))
  const hosts = dependencies.map(({ host }) => host)
  const staying = dependencies.filter(({ block }) => !going.has(block)).map(({ host }) => host)
  return new Set(hosts.filter((host) => !staying.includes(host)))
}

/** Why the order is as it is, and what will not go in any: a sentence for each host. */
export function dependencyWarnings(
  blocks: readonly BlockInfo[],
  dependencies: readonly BlockDependency[],
): readonly PlanWarning[] {
  const going = new Set(blocks.map(({ id }) => id))
  const hosts = [...new Set(dependencies.map(({ host }) => host))].filter((host) => going.has(host))
  return hosts.flatMap((host): readonly PlanWarning[] => {
    const held = dependencies.filter((each) => each.host === host && each.block !== host)
    const [staying, leaving] = [false, true].map((isGoing) =>
      held.filter(({ block }) => going.has(block) === isGoing),
    )
    return [...stays(host, staying ?? []), ...goesAfter(host, leaving ?? [])]
  })
}

const names = (held: readonly BlockDependency[]): string =>
  held.map(({ block }) => `memory${block}`).join(', ')

function stays(host: BlockId, held: readonly BlockDependency[]): readonly PlanWarning[] {
  const [first] = held
  if (first === undefined) return []
  const message = `memory${host} will not go offline: ${first.what} of ${names(held)}, which stays, lies in it.`
  return [{ kind: 'holds-what-stays', message }]
}

function goesAfter(host: BlockId, held: readonly BlockDependency[]): readonly PlanWarning[] {
  const [first] = held
  if (first === undefined) return []
  const message =
    `memory${host} goes after ${names(held)}: ${first.what} of each lies in it until that is offline. ` +
    'Before, the kernel refuses it (EBUSY).'
  return [{ kind: 'goes-after', message }]
}
