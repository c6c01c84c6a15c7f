import type { OnlineType } from '@memhp/core'
import { type BlockInfo, driverManagedMemory, type Topology } from '@memhp/topology'
import type { AddedBy, OnlinePolicy, PolicyCondition, PolicyRule } from './policy'

/** What a policy says of a block that is offline. */
export interface PolicyDecision {
  readonly block: BlockInfo
  /** The device that it comes with; null where none shows. */
  readonly device: string | null
  readonly addedBy: AddedBy
  /** The rule that decides, from 0; null where none fits. */
  readonly rule: number | null
  /** What is written to its `state`; null: it is left as it is. */
  readonly text: OnlineType | null
  /** Why, as a clause. */
  readonly why: string
}

/** Blocks that come together, and are decided on as one, so that a device lies in one zone. */
interface Arrival {
  readonly device: string | null
  readonly addedBy: AddedBy
  /** All of its blocks, whatever their state. */
  readonly all: readonly BlockInfo[]
  readonly offline: readonly BlockInfo[]
}

const KNOWN: readonly string[] = ['kmem', 'virtio_mem'] satisfies readonly AddedBy[]

function originOf(topology: Topology, block: BlockInfo): Pick<Arrival, 'device' | 'addedBy'> {
  const owned = driverManagedMemory(topology, block)
  if (owned !== undefined) {
    const addedBy = KNOWN.includes(owned.driver) ? (owned.driver as AddedBy) : 'other'
    return { device: owned.device, addedBy }
  }
  return block.device === null
    ? { device: null, addedBy: 'other' }
    : { device: block.device, addedBy: 'firmware' }
}

/** What comes together: the blocks of a device; of none, each block by itself. */
function arrivalsOf(topology: Topology, wanted: ReadonlySet<number>): readonly Arrival[] {
  const byName = new Map<string, Pick<Arrival, 'device' | 'addedBy'> & { all: BlockInfo[] }>()
  for (const block of topology.blocks) {
    const origin = originOf(topology, block)
    const name = origin.device ?? `memory${block.id}`
    const group = byName.get(name)
    if (group === undefined) byName.set(name, { ...origin, all: [block] })
    else group.all.push(block)
  }
  return [...byName.values()].flatMap((group) => {
    const offline = group.all.filter(({ id, state }) => state === 'offline' && wanted.has(id))
    return offline.length === 0 ? [] : [{ ...group, offline }]
  })
}

const isNamed = (device: string | null, names: readonly string[]): boolean =>
  device !== null &&
  names.some((name) =>
    name.endsWith('*') ? device.startsWith(name.slice(0, -1)) : device === name,
  )

function fits(when: PolicyCondition, arrival: Arrival, topology: Topology): boolean {
  const { arch, node, addedBy, device, atLeastBytes, lessThanBytes } = when
  const bytes = arrival.all.length * topology.blockBytes
  const nodes = arrival.offline.flatMap((block) => block.nodes)
  return (
    (arch === undefined || arch.includes(topology.arch ?? '')) &&
    (node === undefined || nodes.some((id) => node.includes(id))) &&
    (addedBy === undefined || addedBy.includes(arrival.addedBy)) &&
    (device === undefined || isNamed(arrival.device, device)) &&
    (atLeastBytes === undefined || bytes >= atLeastBytes) &&
    (lessThanBytes === undefined || bytes < lessThanBytes)
  )
}

/** Bytes that are online, as decisions change them. */
interface Balance {
  kernel: number
  movable: number
}

const isMovable = ({ zones }: BlockInfo): boolean => zones.kind === 'in' && zones.name === 'Movable'

/** The zone in which all of a device is that is online already; undefined where none is, or it lies in several. */
function zoneSoFar({ all }: Arrival): 'movable' | 'kernel' | undefined {
  const online = all.filter(({ state }) => state === 'online')
  const movable = online.filter(isMovable).length
  if (online.length === 0 || (movable > 0 && movable < online.length)) return undefined
  return movable > 0 ? 'movable' : 'kernel'
}

const PERCENT = 100

/** The zone of a rule for memory that comes, with the reason. */
function zoneFor(
  { zone, upToPercent }: PolicyRule,
  arrival: Arrival,
  { balance, blockBytes }: { readonly balance: Balance; readonly blockBytes: number },
): { readonly text: OnlineType | null; readonly why: string } {
  if (zone === 'leave') return { text: null, why: 'left to others' }
  if (zone === 'as-kernel') return { text: 'online', why: 'where the kernel puts it' }
  if (zone === 'kernel') return { text: 'online_kernel', why: 'a kernel zone' }
  if (upToPercent === undefined) return { text: 'online_movable', why: 'Movable' }
  const soFar = zoneSoFar(arrival)
  if (soFar !== undefined) {
    const text = soFar === 'movable' ? 'online_movable' : 'online_kernel'
    return { text, why: `${soFar === 'movable' ? 'Movable' : 'a kernel zone'}, as the rest of it` }
  }
  const then = balance.movable + arrival.offline.length * blockBytes
  const percent =
    balance.kernel === 0 ? Number.POSITIVE_INFINITY : (then * PERCENT) / balance.kernel
  const told = Number.isFinite(percent) ? `${Math.round(percent)} %` : 'more than can be said'
  return percent <= upToPercent
    ? { text: 'online_movable', why: `Movable: ${told} of kernel memory then` }
    : { text: 'online_kernel', why: `a kernel zone: Movable would be ${told} of kernel memory` }
}

/** Why a block cannot come online so; undefined where nothing says so. Kernels without `valid_zones` say nothing. */
function objection({ zones }: BlockInfo, text: OnlineType): string | undefined {
  if (zones.kind !== 'candidates' || text === 'online') return undefined
  const { names } = zones
  const wantsMovable = text === 'online_movable'
  if (names.some((name) => (name === 'Movable') === wantsMovable)) return undefined
  return `it may join ${names.join(', ')} alone`
}

/**
 * What a policy says of blocks that are offline: for each the first rule that fits, a device as a whole, in the policy's order.
 * @param wanted blocks that the policy is asked about
 */
export function decide(
  policy: OnlinePolicy,
  topology: Topology,
  wanted: ReadonlySet<number>,
): readonly PolicyDecision[] {
  const { blockBytes } = topology
  const online = topology.blocks.filter(({ state }) => state === 'online')
  const movable = online.filter(isMovable).length
  const balance: Balance = {
    kernel: (online.length - movable) * blockBytes,
    movable: movable * blockBytes,
  }
  const isUp = policy.order === 'ascending'
  const arrivals = arrivalsOf(topology, wanted)
  return (isUp ? arrivals : arrivals.toReversed()).flatMap((arrival) => {
    const { device, addedBy } = arrival
    const at = policy.rules.findIndex(({ when }) => fits(when, arrival, topology))
    const rule = policy.rules[at]
    const said =
      rule === undefined
        ? { text: null, why: 'no rule is for it' }
        : zoneFor(rule, arrival, { balance, blockBytes })
    const blocks = isUp ? arrival.offline : arrival.offline.toReversed()
    return blocks.map((block): PolicyDecision => {
      const { text, why } = said
      const wrong = text === null ? undefined : objection(block, text)
      if (text === 'online_movable' && wrong === undefined) balance.movable += blockBytes
      if (text === 'online_kernel' && wrong === undefined) balance.kernel += blockBytes
      const about = { block, device, addedBy, rule: rule === undefined ? null : at }
      return wrong === undefined
        ? { ...about, text, why }
        : { ...about, text: null, why: `${text} is not possible: ${wrong}` }
    })
  })
}
