import { type BlockId, pfn } from '../address/brand'
import type { PfnRange } from '../address/range'
import { rangeSize } from '../address/range'
import { blockDevice, blockRange, writableBlock } from '../block/block-table'
import { attachRange, detachRange, handOverRange, undoIsolation } from '../isolation/online-range'
import { emitUevent } from '../machine/journal'
import { operate } from '../machine/operation'
import type { MemoryBlock, OnlineType } from '../model/block'
import type { ZoneMove } from '../model/kernel-code'
import type { Machine } from '../model/machine'
import type { MemoryNotice } from '../model/memory-chain'
import type { Onlining, StepTable } from '../model/steps'
import { nodeOf } from '../node/node-table'
import { askMemoryChain, tellMemoryChain } from '../notify/notify'
import { shrinkAfter } from '../zone/leave-zone'
import { addOnlineRange, growSpans } from '../zone/zone-span'
import { adjustManagedPages, adjustPresentPages } from './accounting'
import { onlineNotice } from './status-change'
import { runSteps, stepsOf } from './steps'
import { transact } from './transaction'
import { zoneForBlock } from './zone-choice'

/**
 * device_online for a memory block: brings it online if it is offline, with the type that a write to `state`
 * stored, else with the default policy.
 * @param type stored in the block first, as a write to `state` does; leave out for `online` and for drivers
 * @returns `already` where it was online
 * @throws HotplugError NO_SUCH_BLOCK, SECTION_ABSENT, NOTIFIER_REFUSED, BLOCK_POISONED, NOT_AT_ZONE_EDGE; the block is offline as before;
 *   OPERATION_IN_PROGRESS (EBUSY) in the midst of a transaction
 * Source: drivers/base/{core,memory}.c 6.1; spec 1.2.1, 3.2.
 * @public
 */
export function onlineBlock(machine: Machine, id: BlockId, type?: OnlineType): 'done' | 'already' {
  return operate(machine, 'online', () => deviceOnline(machine, id, type))
}

function deviceOnline(machine: Machine, id: BlockId, type?: OnlineType): 'done' | 'already' {
  const block = writableBlock(machine, id)
  if (type !== undefined) block.pendingType = type
  if (block.state === 'online') return 'already'
  const wanted = block.pendingType === 'offline' ? 'online' : block.pendingType
  // The stored type is gone after any real attempt, failed or not.
  block.pendingType = 'offline'
  const move = moveFor(machine, block, wanted)
  const zone = move.to
  const work = onlining(machine, block, move)
  const table = stepsOf(machine.generation, 'online', ONLINE_STEPS)
  transact(machine, 'online', (tx) => runSteps(machine, tx, { table, work }))
  block.zone = zone.key
  block.state = 'online'
  emitUevent(machine, 'online', blockDevice(id))
  return 'done'
}

/** The pages of a block that the allocator gets: all but those that hold its own memmap. */
export function usablePages(machine: Machine, block: Readonly<MemoryBlock>): PfnRange {
  const { start, end } = blockRange(machine, block.id)
  return { start: pfn(start + block.selfHostedPages), end }
}

/** The zone that a block comes from, where it has been in one while it was offline, and the one that it goes to. */
function moveFor(machine: Machine, block: MemoryBlock, type: OnlineType): ZoneMove {
  const { code } = machine.generation
  if (code !== undefined) return code.zoneMove(machine, block, type)
  const zone = zoneForBlock(machine, block, type)
  return { from: zone, to: zone }
}

function onlining(machine: Machine, block: MemoryBlock, move: ZoneMove): Onlining {
  const zone = move.to
  const usable = usablePages(machine, block)
  return {
    block,
    zone,
    move,
    whole: blockRange(machine, block.id),
    usable,
    notice: onlineNotice(machine, zone, usable),
    populates: zone.presentPages === 0,
  }
}

/** online_pages in the kernel's order. Source: mm/memory_hotplug.c 6.1; spec 3.3. */
export const ONLINE_STEPS: StepTable<Onlining> = {
  mayRefuse: [
    {
      name: 'attach',
      when: ({ zones }) => zones.joins === 'onlined',
      act: (machine, { block, zone, whole: range }) => {
        growSpans(nodeOf(machine, zone.nodeId), zone, range)
        attachRange(machine, { zone, range, selfHostedPages: block.selfHostedPages })
        machine.subsystems.memoryFailure?.attach(machine, range)
      },
      undo: (machine, { zone, whole: range }) => {
        detachRange(machine, { zone, range })
        shrinkAfter(machine, { node: nodeOf(machine, zone.nodeId), zone, range })
      },
    },
    {
      name: 'notify',
      act: (machine, { notice }) => askMemoryChain(machine, 'MEM_GOING_ONLINE', notice),
      // A refusal is told to the whole chain, also to those that were never asked.
      cleanup: (machine, { notice }) => tellMemoryChain(machine, 'MEM_CANCEL_ONLINE', notice),
    },
  ],
  certain: [
    {
      name: 'hand over',
      act: (machine, { block, zone, whole: range, usable }) => {
        handOverRange(machine, { zone, range })
        block.withheldPages = machine.subsystems.withholding?.take(machine, usable) ?? 0
        machine.generation.code?.refuseStalePages(machine, usable)
      },
    },
    { name: 'count', act: countOnline },
    { name: 'node states', act: (machine, { notice }) => setNodeStates(machine, notice) },
    { name: 'zonelists', act: rebuildZonelists },
    {
      name: 'undo isolation',
      act: (machine, { zone, whole: range }) => undoIsolation(machine, { zone, range }),
    },
    {
      name: 'tell',
      act: (machine, { notice }) => tellMemoryChain(machine, 'MEM_ONLINE', notice),
    },
  ],
}

/** The kernel says what its zonelists are where a zone gets its first pages. */
export function rebuildZonelists(machine: Machine, { populates }: Onlining): void {
  if (populates) machine.subsystems.kernelLog?.tellZonelists(machine)
}

function countOnline(machine: Machine, { block, zone, whole, usable }: Onlining): void {
  const { early, groupId } = block
  addOnlineRange(zone, whole)
  adjustManagedPages(machine, { zone, pages: rangeSize(usable) - block.withheldPages })
  adjustPresentPages(machine, { zone, pages: rangeSize(whole), early, groupId })
}

function setNodeStates(machine: Machine, notice: MemoryNotice): void {
  const { nodes } = machine.state.memory
  for (const node of nodes.values()) {
    if (node.id === notice.statusChangeNid) node.hasMemory = true
    if (node.id === notice.statusChangeNidNormal) node.hasNormalMemory = true
    // kswapdK and kcompactdK are started at every onlining of a node that lacks them.
    if (node.hasMemory) node.kthreads = true
  }
}
