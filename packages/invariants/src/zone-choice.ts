import type { Machine, MemoryBlock, Zone, ZoneKey } from '@memhp/core'
import { type PfnRange, rangeSize } from '@memhp/core'
import {
  blockRange,
  highmemStart,
  isKernelZone,
  isMovableZone,
  movableZoneOf,
  nodeOf,
  zoneForBlock,
  zoneOf,
} from '@memhp/core/inspect'
import type { Attempt } from './block-write'
import type { Expect } from './broken-invariant'
import {
  coveredByTest,
  type InvariantEntry,
  stateInvariant,
  stepInvariant,
} from './invariant-entry'
import type { Look } from './look'
import type { Observation } from './observation'
import { hasBlockFile, readBlock } from './reading'
import { sectionsOfBlock, zonesOfSection } from './sections-seen'
import type { Step } from './step'

/** Section 8.3: which zone a block joins. */
export const ZONE_CHOICE_INVARIANTS: readonly InvariantEntry[] = [
  stateInvariant({
    id: 'v6.1/24',
    text: 'valid_zones of an online block names the zone that its pages are in.',
    when: hasBlockFile('valid_zones'),
    of: ['blocks', 'sections'],
    look: checkOnlineZone,
  }),
  stateInvariant({
    id: 'v6.1/25',
    text: 'valid_zones of an offline block names the default zone first, then the other of its kernel zone and Movable.',
    when: hasBlockFile('valid_zones'),
    of: ['blocks', 'zones', 'settings'],
    look: checkOfflineZones,
  }),
  stateInvariant({
    id: 'v6.1/26',
    text: 'With contig-zones and no movable_node, Movable comes first exactly where its span meets the block and that of the kernel zone does not.',
    when: hasBlockFile('valid_zones'),
    of: ['blocks', 'zones', 'settings'],
    look: checkContiguous,
  }),
  stepInvariant({
    id: 'v6.1/27',
    text: 'online_movable puts a block into Movable, online_kernel never does.',
    of: 'attempt',
    look(step, expect) {
      const online = onlined(step)
      if (online === undefined || online.type === 'online') return
      const expected = online.type === 'online_movable' && mayJoinMovable(step.machine, online.zone)
      const seen = isMovableZone(online.zone)
      expect.same(`memory${online.id} in Movable`, { expected, seen })
    },
  }),
  stepInvariant({
    id: 'v6.1/28',
    text: 'auto-movable sends a block to Movable only while the ratio allows it, on the machine and on its node.',
    of: 'attempt',
    look: checkAutoMovable,
  }),
  coveredByTest({
    id: 'v6.1/29',
    text: 'Under auto-movable, the blocks of one device that come online one after the other are all in Movable or all in kernel zones.',
  }),
  stepInvariant({
    id: 'v6.1/30',
    text: 'Under auto-movable with ratio 0, plain online never chooses Movable.',
    of: 'attempt',
    look(step, expect) {
      const online = onlined(step)
      const { onlinePolicy, autoMovableRatio } = step.before.settings
      if (online?.type !== 'online' || onlinePolicy !== 'auto-movable' || autoMovableRatio > 0)
        return
      expect.holds(!isMovableZone(online.zone), {
        place: `memory${online.id}`,
        expected: 'a kernel zone',
        seen: online.zone.name,
      })
    },
  }),
]

function checkOnlineZone({ machine, blocks }: Look, expect: Expect): void {
  for (const block of blocks) {
    if (block.state !== 'online' || block.zone === null) continue
    const seen = readBlock(machine, { id: block.id, name: 'valid_zones' })
    const place = `memory${block.id}/valid_zones`
    expect.same(place, { expected: zoneOf(machine, block.zone).name, seen })
    for (const nr of sectionsOfBlock(machine, block.id)) {
      const zones = zonesOfSection(machine, nr)
      expect.holds(
        zones.every((zone) => zone === block.zone),
        {
          place: () => `section ${nr} of memory${block.id}`,
          expected: `pages of ${block.zone}`,
          seen: zones,
        },
      )
    }
  }
}

const offlineBlocks = ({ blocks }: Look): readonly Readonly<MemoryBlock>[] =>
  blocks.filter(({ state }) => state === 'offline')

function checkOfflineZones(look: Look, expect: Expect): void {
  const { machine } = look
  for (const block of offlineBlocks(look)) {
    const names = readBlock(machine, { id: block.id, name: 'valid_zones' }).split(' ')
    const place = `memory${block.id}/valid_zones`
    const preferred = zoneForBlock(machine, block, 'online').name
    expect.same(`${place}, the first`, { expected: preferred, seen: names[0] })
    const both = [
      zoneForBlock(machine, block, 'online_kernel').name,
      movableZoneOf(machine, block.nodeId).name,
    ]
    expect.same(`${place}, sorted`, { expected: both.sort(), seen: [...names].sort() })
  }
}

const meets = (zone: Zone, range: PfnRange): boolean =>
  zone.spannedPages > 0 &&
  zone.startPfn < range.end &&
  range.start < zone.startPfn + zone.spannedPages

function checkContiguous(look: Look, expect: Expect): void {
  const { machine } = look
  const { arch, geometry } = machine
  const { settings } = machine.state.memory
  if (settings.onlinePolicy !== 'contig-zones' || settings.movableNode) return
  for (const block of offlineBlocks(look)) {
    const range = blockRange(machine, block.id)
    const isHigh = range.start * geometry.pageBytes >= highmemStart(arch.geometry)
    const kernel = nodeOf(machine, block.nodeId).zones.filter(
      (zone) => isKernelZone(zone) && (zone.kind === 'highmem') === isHigh,
    )
    const chosen = kernel.find((zone) => meets(zone, range)) ?? kernel.at(-1)
    const movable = movableZoneOf(machine, block.nodeId)
    const expected = meets(movable, range) && !(chosen !== undefined && meets(chosen, range))
    const first = readBlock(machine, { id: block.id, name: 'valid_zones' }).split(' ')[0]
    const place = `Movable first in memory${block.id}/valid_zones`
    expect.same(place, { expected, seen: first === movable.name })
  }
}

/** A block that a step brought online, and the zone that it joined. */
function onlined(
  step: Step,
): (Attempt & { readonly zone: Zone; readonly key: ZoneKey }) | undefined {
  const attempt = step.attempt
  if (attempt?.to !== 'online' || step.outcome.kind !== 'done') return undefined
  const key = attempt.after.zone
  return key === null ? undefined : { ...attempt, key, zone: zoneOf(step.machine, key) }
}

/** Where onlining moves a block to the neighbouring zone at most, a block below the highest kernel zone of its node stays. */
function mayJoinMovable(machine: Machine, zone: Zone): boolean {
  if (machine.generation.rules.zones.edge === 'stays' || isMovableZone(zone)) return true
  return nodeOf(machine, zone.nodeId).zones.findLast(isKernelZone) === zone
}

function checkAutoMovable(step: Step, expect: Expect): void {
  const online = onlined(step)
  const { settings, groups } = step.before
  if (online?.type !== 'online' || settings.onlinePolicy !== 'auto-movable') return
  const group = online.before.groupId === null ? undefined : groups.get(online.before.groupId)
  if (!isMovableZone(online.zone) || group?.kind === 'dynamic') return
  const pages = rangeSize(blockRange(step.machine, online.id))
  const need = group === undefined ? pages : group.pages - group.presentMovablePages
  const scopes = settings.autoMovableNumaAware ? [undefined, online.zone.nodeId] : [undefined]
  for (const node of scopes) {
    const { movable, early } = balance(step.before, node)
    const allowed = Math.floor((settings.autoMovableRatio * early) / 100)
    expect.holds(movable + need <= allowed, {
      place: `memory${online.id} in ${online.key}, ${node === undefined ? 'machine' : `node ${node}`}`,
      expected: `at most ${allowed} pages in Movable`,
      seen: movable + need,
    })
  }
}

/** Pages in Movable, and early pages in kernel zones, less what dynamic groups use. */
function balance(
  before: Observation,
  node: number | undefined,
): { movable: number; early: number } {
  let movable = 0
  let early = 0
  for (const zone of before.zones.values()) {
    if (node !== undefined && zone.nodeId !== node) continue
    if (isMovableZone(zone)) movable += zone.presentPages
    else early += zone.presentEarlyPages
  }
  for (const group of before.groups.values()) {
    if (group.kind !== 'dynamic' || (node !== undefined && group.nodeId !== node)) continue
    const owed = Math.floor((group.presentMovablePages * 100) / before.settings.autoMovableRatio)
    early -= Math.max(0, owed - group.presentKernelPages)
    movable -= group.presentMovablePages
  }
  return { movable, early }
}
