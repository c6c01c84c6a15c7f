import type { Machine, MemoryNode } from '@memhp/core'
import { nodeHasBlocks, servesKernel } from '@memhp/core/inspect'
import type { Expect } from './broken-invariant'
import { type InvariantEntry, stateInvariant, stepInvariant } from './invariant-entry'
import type { Look } from './look'
import { showsNodes } from './reading'
import type { Step } from './step'

const keepsUpNormal = ({ generation }: Machine): boolean =>
  generation.rules.online.normalMemory === 'kept-up'

/** Section 8.5: nodes. */
export const NODE_INVARIANTS: readonly InvariantEntry[] = [
  stateInvariant({
    id: 'v6.1/39',
    text: 'has_memory lists the nodes with present pages in a zone up to Movable, has_normal_memory those with some up to Normal, where it is kept up.',
    when: showsNodes,
    of: ['nodes', 'zones'],
    look({ machine, nodeList }, expect) {
      const has = (node: MemoryNode, test: typeof servesKernel): boolean =>
        node.zones.some((zone) => test(zone) && zone.presentPages > 0)
      const normal = nodesWith(machine, (node) => has(node, servesKernel))
      const all = nodesWith(machine, (node) => has(node, (zone) => zone.kind !== 'device'))
      expect.same('has_memory', { expected: all, seen: nodeList('has_memory') })
      if (!keepsUpNormal(machine)) return
      expect.same('has_normal_memory', {
        expected: normal,
        seen: nodeList('has_normal_memory'),
      })
    },
  }),
  stateInvariant({
    id: 'v6.1/40',
    text: 'has_normal_memory, where it is kept up, is within has_memory, that within online, that within possible.',
    when: (machine) =>
      showsNodes(machine) && machine.generation.rules.add.impossibleNode === 'refused',
    of: ['nodes', 'zones'],
    look({ machine, nodeList }, expect) {
      const names = [
        ...(keepsUpNormal(machine) ? ['has_normal_memory'] : []),
        'has_memory',
        'online',
        'possible',
      ]
      names.slice(1).forEach((name, i) => {
        const inner = nodeList(names[i] ?? name)
        const outer = nodeList(name)
        const beyond = inner.filter((node) => !outer.includes(node))
        expect.same(`${names[i]} beyond ${name}`, { expected: [], seen: beyond })
      })
    },
  }),
  stateInvariant({
    id: 'v6.1/41',
    text: 'kswapdK and kcompactdK run exactly for the nodes of has_memory.',
    when: showsNodes,
    of: ['nodes', 'zones'],
    look({ machine, nodeList }, expect) {
      const running = nodesWith(machine, (node) => node.kthreads)
      expect.same('nodes with threads', {
        expected: nodeList('has_memory'),
        seen: running,
      })
    },
  }),
  stepInvariant({
    id: 'v6.1/42',
    text: 'Adding memory to an offline node brings the node online at once, and into has_memory only with its first online block.',
    look: checkNewNodes,
  }),
  stepInvariant({
    id: 'v6.1/43',
    text: 'A node without CPUs, blocks and spanned pages is not online, but for those beside the node of the last block where memory of several nodes was removed at once.',
    when: showsNodes,
    look: checkBareNodes,
  }),
  stateInvariant({
    id: 'v6.1/44',
    text: 'A node with present CPUs, or with any block, is online.',
    when: showsNodes,
    of: ['nodes', 'blocks'],
    look(look, expect) {
      const { machine } = look
      for (const node of machine.state.memory.nodes.values()) {
        if (node.cpus.length === 0 && !nodeHasBlocks(machine, node.id)) continue
        expect.same(() => `node${node.id} online`, { expected: true, seen: isListed(look, node) })
      }
    },
  }),
]

const nodesWith = (machine: Machine, test: (node: MemoryNode) => boolean): readonly number[] =>
  [...machine.state.memory.nodes.values()]
    .filter(test)
    .map(({ id }) => id)
    .sort((a, b) => a - b)

const isListed = ({ nodeList }: Look, node: MemoryNode): boolean =>
  nodeList('online').includes(node.id)

/** Also as a block's second node, which boot knows and which is not recorded as the block's own. */
function holdsBlocks(machine: Machine, node: MemoryNode): boolean {
  const { runs, separated } = machine.state.memory.blocks
  const named = (block: {
    readonly nodeId: number
    readonly extraNodes: readonly number[]
  }): boolean => block.nodeId === node.id || block.extraNodes.includes(node.id)
  return runs.some(named) || [...separated.values()].some(named)
}

/** A removal takes the node of its last block offline, and no other. Source: try_remove_memory, mm/memory_hotplug.c 6.1 */
function checkBareNodes({ machine, before, after, blocks }: Step, expect: Expect): void {
  const removed = blocks.flatMap(({ was, is }) => (is === undefined && was ? [was] : []))
  const last = removed.toSorted((a, b) => a.id - b.id).at(-1)
  for (const node of machine.state.memory.nodes.values()) {
    if (node.cpus.length > 0 || node.spannedPages > 0 || holdsBlocks(machine, node)) continue
    // Firmware may name a node that is online from boot without any of these, as on arm64.
    if (machine.description.nodes.some(({ id, online }) => id === node.id && online)) continue
    if (before.nodes.online.includes(node.id) && node.id !== last?.nodeId) continue
    const seen = after.nodes.online.includes(node.id)
    expect.same(() => `node${node.id} online`, { expected: false, seen })
  }
}

function checkNewNodes(step: Step, expect: Expect): void {
  const { before, after } = step
  if (!showsNodes(step.machine)) return
  for (const { was, is: block } of step.blocks) {
    if (was !== undefined || block === undefined || block.early) continue
    const place = `node${block.nodeId} of new memory${block.id}`
    expect.same(`${place} online`, {
      expected: true,
      seen: after.nodes.online.includes(block.nodeId),
    })
  }
  for (const node of after.nodes.has_memory) {
    if (before.nodes.has_memory.includes(node)) continue
    const online = after.blocks
      .separated()
      .some((block) => block.nodeId === node && block.state === 'online')
    expect.same(() => `node${node} with an online block`, { expected: true, seen: online })
  }
}
