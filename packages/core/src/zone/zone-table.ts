import type { NodeId } from '../address/brand'
import { emptyIntervalSet } from '../address/interval-set'
import { invariant } from '../errors/invariant'
import type { ArchGeometry } from '../model/arch'
import type { Machine } from '../model/machine'
import type { Zone, ZoneKey } from '../model/zone'

export const MOVABLE_ZONE = 'Movable'
export const DEVICE_ZONE = 'Device'

export const zoneKey = (nodeId: NodeId, name: string): ZoneKey => `${nodeId}/${name}`

/** An empty zone. */
export function createZone(options: {
  readonly nodeId: NodeId
  readonly name: string
  readonly index: number
}): Zone {
  const { nodeId, name, index } = options
  return {
    key: zoneKey(nodeId, name),
    nodeId,
    name,
    index,
    startPfn: 0,
    spannedPages: 0,
    presentPages: 0,
    presentEarlyPages: 0,
    managedPages: 0,
    isolatedPageblocks: 0,
    online: emptyIntervalSet(),
    free: {
      lists: new Map(),
      untouchedRuns: [],
      captured: new Set(),
      capturedFreePages: 0,
      freePages: 0,
    },
    perCpuDisabled: 0,
    perCpu: [],
  }
}

/** Names of all zones of a node, lowest first: the arch's own, Movable, and Device where the arch has it. */
export function zoneNames(
  geometry: ArchGeometry,
  features: { readonly zoneDevice: boolean },
): readonly string[] {
  const names = [...geometry.zones.map((zone) => zone.name), MOVABLE_ZONE]
  return features.zoneDevice ? [...names, DEVICE_ZONE] : names
}

export function zoneOf(machine: Machine, key: ZoneKey): Zone {
  const zone = machine.state.memory.zones.get(key)
  invariant(zone, `No zone ${key}.`)
  return zone
}

/** A kernel zone is any zone below Movable. */
export const isKernelZone = (zone: Zone): boolean =>
  zone.name !== MOVABLE_ZONE && zone.name !== DEVICE_ZONE
export const isMovableZone = (zone: Zone): boolean => zone.name === MOVABLE_ZONE
