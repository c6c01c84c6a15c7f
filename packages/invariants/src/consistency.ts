import { checkArchState, nodeOf, updateNodeSpan, zoneEndPfn } from '@memhp/core/inspect'
import { blockFile } from '@memhp/kernel-files'
import type { Expect } from './broken-invariant'
import { type InvariantEntry, stateInvariant } from './invariant-entry'
import type { Look } from './look'
import { hasBlockFile } from './reading'

/** What no specification numbers: the parts of the model agree with each other. */
export const CONSISTENCY_INVARIANTS: readonly InvariantEntry[] = [
  stateInvariant({
    id: 'model/pages',
    text: 'Page descriptors, free lists, counts, owners and huge pages agree.',
    of: ['sections', 'zones'],
    look: (look) => look.checkPages(),
  }),
  stateInvariant({
    id: 'model/arch',
    text: 'What the architecture keeps agrees with the machine.',
    of: ['mapping'],
    look: ({ machine, mapped }) => checkArchState(machine, mapped),
  }),
  stateInvariant({
    id: 'model/drivers',
    text: 'What the firmware drivers keep agrees with the machine.',
    of: ['drivers', 'blocks', 'groups'],
    look({ machine }) {
      for (const driver of machine.drivers) driver.check?.(machine)
    },
  }),
  stateInvariant({
    id: 'model/zones',
    text: 'Zones are found by key and by node alike, and a node spans what its zones span.',
    of: ['zones', 'nodes'],
    look: checkZones,
  }),
  stateInvariant({
    id: 'model/memory-total',
    text: 'MemTotal counts the managed pages of all zones.',
    of: ['zones'],
    look({ machine }, expect) {
      let expected = 0
      for (const zone of machine.state.memory.zones.values()) expected += zone.managedPages
      expect.same('managed pages', { expected, seen: machine.state.memory.totalManagedPages })
    },
  }),
  stateInvariant({
    id: 'model/notifiers',
    text: 'The notifier chain is ordered by descending priority.',
    of: ['notifiers'],
    look({ machine }, expect) {
      const seen = machine.memoryChain.entries.map(({ priority }) => priority)
      expect.same('priorities', { expected: seen.toSorted((a, b) => b - a), seen })
    },
  }),
  stateInvariant({
    id: 'model/links',
    text: 'firmware_node of a block leads to a directory of the tree.',
    when: hasBlockFile('firmware_node'),
    of: ['blocks'],
    look({ machine, blocks }, expect) {
      for (const { id, firmwareNode } of blocks) {
        if (firmwareNode === null) continue
        const path = blockFile(id, 'firmware_node/path')
        expect.same(path, { expected: 'file', seen: machine.tree.lookup(path)?.kind })
      }
    },
  }),
]

function checkZones({ machine }: Look, expect: Expect): void {
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
    const place = () => `span of node ${node.id}`
    expect.same(place, { expected: copy.startPfn, seen: node.startPfn })
    expect.same(place, { expected: copy.spannedPages, seen: node.spannedPages })
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
