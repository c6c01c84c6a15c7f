import type { Machine } from '@memhp/core'
import { checkPages, nodeOf, updateNodeSpan, zoneEndPfn } from '@memhp/core/inspect'
import { blockFile } from '@memhp/kernel-files'
import type { Expect } from './broken-invariant'
import { type InvariantEntry, stateInvariant } from './invariant-entry'
import { notableBlocks } from './notable-blocks'
import { hasBlockFile } from './reading'

/** What no specification numbers: the parts of the model agree with each other. */
export const CONSISTENCY_INVARIANTS: readonly InvariantEntry[] = [
  stateInvariant({
    id: 'model/pages',
    text: 'Page descriptors, free lists, counts, owners and huge pages agree.',
    look: (machine) => checkPages(machine),
  }),
  stateInvariant({
    id: 'model/arch',
    text: 'What the architecture keeps agrees with the machine.',
    look: (machine) => machine.arch.check?.(machine),
  }),
  stateInvariant({
    id: 'model/drivers',
    text: 'What the firmware drivers keep agrees with the machine.',
    look(machine) {
      for (const driver of machine.drivers) driver.check?.(machine)
    },
  }),
  stateInvariant({
    id: 'model/zones',
    text: 'Zones are found by key and by node alike, and a node spans what its zones span.',
    look: checkZones,
  }),
  stateInvariant({
    id: 'model/memory-total',
    text: 'MemTotal counts the managed pages of all zones.',
    look(machine, expect) {
      let expected = 0
      for (const zone of machine.state.memory.zones.values()) expected += zone.managedPages
      expect.same('managed pages', { expected, seen: machine.state.memory.totalManagedPages })
    },
  }),
  stateInvariant({
    id: 'model/notifiers',
    text: 'The notifier chain is ordered by descending priority.',
    look(machine, expect) {
      const seen = machine.memoryChain.entries.map(({ priority }) => priority)
      expect.same('priorities', { expected: seen.toSorted((a, b) => b - a), seen })
    },
  }),
  stateInvariant({
    id: 'model/links',
    text: 'firmware_node of a block leads to a directory of the tree.',
    when: hasBlockFile('firmware_node'),
    look(machine, expect) {
      for (const { id, firmwareNode } of notableBlocks(machine)) {
        if (firmwareNode === null) continue
        const path = blockFile(id, 'firmware_node/path')
        expect.same(path, { expected: 'file', seen: machine.tree.lookup(path)?.kind })
      }
    },
  }),
]

function checkZones(machine: Machine, expect: Expect): void {
  const { nodes, zones } = machine.state.memory
  for (const node of nodes.values()) {
    for (const zone of node.zones) {
      expect.holds(zones.get(zone.key) === zone, {
        place: zone.key,
        expected: 'one zone',
        seen: 'two',
      })
    }
    const copy = { ...node }
    updateNodeSpan(copy)
    expect.same(`span of node ${node.id}`, {
      expected: { startPfn: copy.startPfn, spannedPages: copy.spannedPages },
      seen: { startPfn: node.startPfn, spannedPages: node.spannedPages },
    })
  }
  for (const zone of zones.values()) {
    const node = nodeOf(machine, zone.nodeId)
    const inside =
      node.startPfn <= zone.startPfn && zoneEndPfn(zone) <= node.startPfn + node.spannedPages
    expect.holds(zone.spannedPages === 0 || inside, {
      place: zone.key,
      expected: 'a span within that of its node',
      seen: { start: zone.startPfn, spanned: zone.spannedPages },
    })
  }
}
