import type { NodeId } from '../address/brand'
import { emptyIntervalSet } from '../address/interval-set'
import { invariant } from '../errors/invariant'
import type { Arch } from '../model/arch'
import type { Features } from '../model/features'
import type { Machine } from '../model/machine'
import type { Zone, ZoneKey, ZoneKind } from '../model/zone'

/**
 * The key of a node's zone.
 * @param name as in /proc/zoneinfo
 * @alpha
 */
export const zoneKey = (nodeId: NodeId, name: string): ZoneKey => `${nodeId}/${name}`

/** An empty zone. */
export function createZone(nodeId: NodeId, { name, kind }: ZoneSpec, index: number): Zone {
  return {
    key: zoneKey(nodeId, name),
    nodeId,
    name,
    kind,
    index,
    startPfn: 0,
    spannedPages: 0,
    isTorn: false,
    isInitialised: false,
    presentPages: 0,
    presentEarlyPages: 0,
    managedPages: 0,
    cmaPages: 0,
    isolatedPageblocks: 0,
    online: emptyIntervalSet(),
    free: {
      lists: new Map(),
      untouchedRuns: [],
      captured: new Set(),
      capturedFreePages: 0,
      onlined: [],
      freePages: 0,
    },
    perCpuDisabled: 0,
    perCpu: [],
  }
}

/** A zone that every node of a machine has. */
export interface ZoneSpec {
  readonly name: string
  readonly kind: ZoneKind
}

/** The first zone that core adds above those of the arch. Source: enum zone_type, include/linux/mmzone.h 6.1. */
export const MOVABLE: ZoneSpec = { name: 'Movable', kind: 'movable' }
/** The second, of kernels that have it. */
export const DEVICE: ZoneSpec = { name: 'Device', kind: 'device' }

/** The zones that core adds to those of every arch; names that an arch cannot give to its own. */
export const ZONES_OF_CORE: readonly ZoneSpec[] = [MOVABLE, DEVICE]

/** The zones of a node, lowest first: the arch's own, Movable, and Device where the kernel has it. */
export function zoneSpecs({
  geometry,
  features,
}: {
  readonly geometry: Arch['geometry']
  readonly features: Pick<Features, 'zoneDevice'>
}): readonly ZoneSpec[] {
  const zones = geometry.zones.map(({ name, kind }) => ({ name, kind }))
  return [...zones, MOVABLE, ...(features.zoneDevice ? [DEVICE] : [])]
}

/**
 * The zone of this key.
 * @throws InvariantViolation where there is none
 * @alpha
 */
export function zoneOf(machine: Machine, key: ZoneKey): Zone {
  const zone = machine.state.memory.zones.get(key)
  invariant(zone, `No zone ${key}.`)
  return zone
}

/** Any zone below Movable: what `online_kernel` may choose. @alpha */
export const isKernelZone = ({ kind }: Pick<Zone, 'kind'>): boolean =>
  kind === 'dma' || kind === 'normal' || kind === 'highmem'

/** A zone that kernel memory comes from, and that N_NORMAL_MEMORY counts: it has addresses in the direct map. @alpha */
export const servesKernel = ({ kind }: Pick<Zone, 'kind'>): boolean =>
  kind === 'dma' || kind === 'normal'

/** True for ZONE_MOVABLE: only migratable memory is allocated from it. @alpha */
export const isMovableZone = ({ kind }: Pick<Zone, 'kind'>): boolean => kind === 'movable'

/**
 * First physical address, in bytes, that is in HighMem and not in the direct map; infinite where no zone is HighMem.
 * @alpha
 */
export function highmemStart({ zones }: Pick<Arch['geometry'], 'zones'>): number {
  const index = zones.findIndex((zone) => zone.kind === 'highmem')
  return index < 0 ? Number.POSITIVE_INFINITY : (zones[index - 1]?.endAddress ?? 0)
}
