import { refusePlugin } from '../errors/refuse-plugin'
import { mapBootMemory } from '../mapping/boot-mapping'
import { PAGE_TABLES } from '../mapping/page-table-slot'
import type { Arch } from '../model/arch'
import type { Machine } from '../model/machine'
import type { StateSlot } from '../model/state-slot'
import { isObject } from '../shape/shape'
import { addMemory, removeMemory } from './add-remove'
import type { ArchParts } from './arch-parts'
import { directMapLines } from './direct-map'

/**
 * Makes an architecture of its parts: boot, adding, removing and checking follow from them.
 * Whether parts are known, whole and fit together is checked by `defineArch`.
 * @throws HotplugError BAD_PLUGIN where there are not the parts that all others follow from
 * @beta
 */
export function composeArch(parts: ArchParts): Arch {
  demandObjects(parts)
  const { name, geometry, features, mapping, memmap } = parts
  const { blockBytes = 2 ** geometry.sectionSizeBits } = parts
  const { mappable = { start: 0, end: reachOf(parts) } } = parts
  return {
    name,
    parts,
    geometry,
    features,
    mapping,
    memmap,
    ...(parts.since === undefined ? {} : { since: parts.since }),
    blockBytes,
    mappable,
    failedAddLeaves: parts.failedAddLeaves ?? [],
    slots: slotsOf(parts),
    boot: (machine) => boot(parts, machine),
    addMemory: (machine, request) => addMemory(parts, machine, request),
    removeMemory: (machine, request) => removeMemory(parts, machine, request),
    canAdd: parts.canAdd ?? allow,
    canRemove: parts.canRemove ?? allow,
    ...(parts.entries === undefined ? {} : { entries: parts.entries }),
    ...(parts.withholdPages === undefined ? {} : { withholdPages: parts.withholdPages }),
    meminfo: parts.meminfo ?? ((machine) => directMapLines(machine, mapping.direct)),
    ...(parts.check === undefined ? {} : { check: parts.check }),
  }
}

function demandObjects(parts: ArchParts): void {
  const head = { kind: 'arch', name: parts.name } as const
  for (const part of ['geometry', 'features', 'mapping', 'memmap'] as const)
    if (!isObject(parts[part])) refusePlugin(head, `${part} is missing, or not an object.`)
}

const allow: Arch['canAdd'] = () => ({ kind: 'allowed' })

/** What the address bits reach, short of the addresses that stand for the frames of boot tables. */
const reachOf = ({ geometry, mapping }: ArchParts): number =>
  Math.min(2 ** geometry.maxPhysMemBits, mapping.tables?.bootFrameBase ?? Number.POSITIVE_INFINITY)

const slotsOf = ({ mapping, memmap, slots = [] }: ArchParts): readonly StateSlot<unknown>[] => [
  ...(mapping.tables === undefined ? [] : [PAGE_TABLES]),
  ...(memmap.keeper?.slot === undefined ? [] : [memmap.keeper.slot]),
  ...slots,
]

function boot(parts: ArchParts, machine: Machine): void {
  if (parts.mapping.tables !== undefined) mapBootMemory(machine)
  parts.memmap.keeper?.boot?.(machine)
  parts.boot?.(machine)
}
