import { type BlockId, HotplugError } from '@memhp/core'
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

/**
 * Tells the planner what lies in the way of the blocks that are to go. Blocks that stay may be named as well. The plan is of the topology as it
 * was read: what a hook does to the machine meanwhile is not in it, and what it throws its caller gets.
 */
export type DependencyHook = (blocks: readonly BlockInfo[]) => readonly BlockDependency[]

const isDependency = (answer: unknown): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  'block' in answer &&
  Number.isSafeInteger(answer.block) &&
  'host' in answer &&
  Number.isSafeInteger(answer.host) &&
  'what' in answer &&
  typeof answer.what === 'string'

/**
 * Asks a hook, whose answer may be anything: it is the caller's.
 * @throws HotplugError BAD_ARGUMENT unless it is a list of dependencies; what the hook throws
 */
export function askDependencies(
  hook: DependencyHook,
  blocks: readonly BlockInfo[],
): readonly BlockDependency[] {
  const answer: unknown = hook(blocks)
  if (Array.isArray(answer) && answer.every(isDependency)) return answer as BlockDependency[]
  const message = 'dependencies: a hook has to answer a list of { block, host, what }.'
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', message, { detail: {} })
}

/** A block that is to go, and how many of those that go before it are left. */
interface Waiting {
  readonly block: BlockInfo
  left: number
  isGone: boolean
  /** What waits for it. */
  readonly behind: Set<Waiting>
}

/**
 * Puts each block before those that hold what describes it; else the order stays as it is. Blocks that hold each other's
 * are left in their order: none that works exists.
 */
export function orderByDependencies(
  blocks: readonly BlockInfo[],
  dependencies: readonly BlockDependency[],
): readonly BlockInfo[] {
  const queue = blocks.map(
    (block): Waiting => ({ block, left: 0, isGone: false, behind: new Set() }),
  )
  const byId = new Map(queue.map((waiting) => [waiting.block.id, waiting]))
  for (const { block, host } of dependencies) {
    const [early, late] = [byId.get(block), byId.get(host)]
    if (early === undefined || late === undefined || early === late) continue
    if (early.behind.has(late)) continue
    early.behind.add(late)
    late.left += 1
  }
  return Array.from(inTurn(queue), ({ block }) => block)
}

/** Takes whichever comes first of those that wait for none; the first of all where each waits for another. */
function* inTurn(queue: readonly Waiting[]): Generator<Waiting, undefined, undefined> {
  for (let first = 0; first < queue.length; ) {
    let place = first
    while (place < queue.length && (queue[place]?.isGone || queue[place]?.left !== 0)) place++
    const next = queue[place] ?? queue[first]
    if (next === undefined) return
    next.isGone = true
    for (const late of next.behind) late.left -= 1
    yield next
    while (queue[first]?.isGone) first++
  }
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
