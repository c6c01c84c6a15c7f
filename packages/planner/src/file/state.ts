import { formatNumberList } from '@memhp/kernel-files'
import type { BlockInfo, BlockZones, HotplugPolicy, Topology } from '@memhp/topology'

/** Blocks that are alike. */
export interface BlocksState {
  /** Their numbers: `32-39,41`. */
  readonly ids: string
  readonly state: BlockInfo['state']
  /** The zone, or those that they may join, the default first, with `/` between; `none`, or `-` where that is not known. */
  readonly zones: string
  readonly nodes: readonly number[]
  readonly device: string | null
}

/** What of a machine a plan is made for: what changes while a kernel runs, and what another machine has otherwise. */
export interface PlanState {
  readonly arch: string | null
  readonly release: string | null
  readonly blockBytes: number
  readonly pageBytes: number
  readonly policy: HotplugPolicy
  /** Nodes that are online: `0-2`. */
  readonly onlineNodes: string
  /** Every block is in one of them, those with the lowest numbers first. */
  readonly blocks: readonly BlocksState[]
}

function zonesText(zones: BlockZones): string {
  switch (zones.kind) {
    case 'in':
      return zones.name
    case 'candidates':
      return zones.names.join('/')
    case 'mixed':
      return 'none'
    case 'unknown':
      return '-'
  }
}

/** What of a machine a plan is bound to. */
export function stateOf(topology: Topology): PlanState {
  const { arch, release, blockBytes, pageBytes, policy, nodes, blocks } = topology
  const alike = new Map<
    string,
    { readonly like: Omit<BlocksState, 'ids'>; readonly ids: number[] }
  >()
  for (const block of blocks) {
    const { id, state, zones, nodes: owners, device } = block
    const like = { state, zones: zonesText(zones), nodes: owners, device }
    const key = JSON.stringify(like)
    const others = alike.get(key)
    if (others === undefined) alike.set(key, { like, ids: [id] })
    else others.ids.push(id)
  }
  return {
    arch,
    release,
    blockBytes,
    pageBytes,
    policy,
    onlineNodes: formatNumberList(nodes.flatMap(({ id, online }) => (online ? [id] : []))),
    blocks: [...alike.values()].map(({ like, ids }) => ({ ids: formatNumberList(ids), ...like })),
  }
}
