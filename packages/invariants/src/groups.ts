import { isMovableZone, zoneOf } from '@memhp/core/inspect'
import type { Expect } from './broken-invariant'
import { coveredByTest, type InvariantEntry, stateInvariant } from './invariant-entry'
import type { Look } from './look'

/** Section 8.11: memory groups. */
export const GROUP_INVARIANTS: readonly InvariantEntry[] = [
  stateInvariant({
    id: 'v6.1/79',
    text: 'A static group never has more pages present than it may hold, and counts those of its blocks.',
    of: ['groups', 'blocks'],
    look: checkGroupCounts,
  }),
  coveredByTest({
    id: 'v6.1/80',
    text: 'A group can be given up exactly when it has no blocks; that of an ACPI device is gone after its ejection.',
  }),
  stateInvariant({
    id: 'v6.1/81',
    text: 'Boot blocks belong to no group; a block is listed by the group that it names and by no other.',
    of: ['groups', 'blocks'],
    look: checkMembership,
  }),
]

function checkGroupCounts({ machine }: Look, expect: Expect): void {
  for (const group of machine.state.memory.groups.values()) {
    let kernel = 0
    let movable = 0
    for (const id of group.blocks) {
      const zone = machine.state.memory.blocks.separated.get(id)?.zone ?? null
      if (zone === null) continue
      if (isMovableZone(zoneOf(machine, zone))) movable += machine.geometry.pagesPerBlock
      else kernel += machine.geometry.pagesPerBlock
    }
    const place = `group ${group.id}`
    expect.same(`${place}, kernel pages`, { expected: kernel, seen: group.presentKernelPages })
    expect.same(`${place}, movable pages`, { expected: movable, seen: group.presentMovablePages })
    if (group.kind !== 'static') continue
    expect.holds(kernel + movable <= group.pages, {
      place,
      expected: `at most ${group.pages} pages`,
      seen: kernel + movable,
    })
  }
}

function checkMembership({ machine, blocks }: Look, expect: Expect): void {
  const { groups } = machine.state.memory
  for (const block of blocks) {
    if (block.early)
      expect.same(() => `group of memory${block.id}`, { expected: null, seen: block.groupId })
    for (const group of groups.values()) {
      const place = () => `memory${block.id} in group ${group.id}`
      expect.same(place, { expected: block.groupId === group.id, seen: group.blocks.has(block.id) })
    }
  }
  for (const group of groups.values()) {
    for (const id of group.blocks) {
      expect.same(() => `memory${id} of group ${group.id}`, {
        expected: true,
        seen: machine.state.memory.blocks.separated.has(id),
      })
    }
  }
}
