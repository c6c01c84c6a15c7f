import type { BlockId } from '../address/brand'
import { type PfnRange, rangeSize } from '../address/range'
import { dissolveFreeHugePages } from '../allocator/huge'
import { disablePerCpu, enablePerCpu } from '../allocator/per-cpu'
import { blockDevice, blockRange, writableBlock } from '../block/block-table'
import { HotplugError } from '../errors/hotplug-error'
import { isolateRange } from '../isolation/isolate'
import { type MigrationFailure, migrateRange, scanMovable } from '../isolation/migrate'
import { detachRange, rangeIsIsolated, takeOffline, undoIsolation } from '../isolation/online-range'
import { emitUevent, logLine } from '../machine/journal'
import type { MemoryBlock } from '../model/block'
import type { Machine } from '../model/machine'
import type { MemoryNotice } from '../model/memory-chain'
import type { Zone } from '../model/zone'
import { nodeOf } from '../node/node-table'
import { askMemoryChain, tellMemoryChain } from '../notify/notify'
import { systemRamBytes } from '../resource/resource-tree'
import { subsectionPages } from '../zone/subsection'
import { removeOnlineRange, shrinkSpans } from '../zone/zone-span'
import { zoneOf } from '../zone/zone-table'
import { adjustManagedPages, adjustPresentPages } from './accounting'
import { usablePages } from './online'
import { offlineNotice } from './status-change'
import { type Transaction, transact } from './transaction'

/**
 * device_offline for a memory block.
 * @returns `already` where it was offline
 * @throws HotplugError NO_SUCH_BLOCK, BLOCK_WITHOUT_ZONE, BLOCK_HAS_HOLES, UNMOVABLE_PAGE, NOTIFIER_REFUSED,
 *   DISSOLVE_FAILED, OFFLINE_STALLED; the block is online as before, though pages may have moved away
 * Source: drivers/base/{core,memory}.c, mm/memory_hotplug.c 6.1; spec 4.
 */
export function offlineBlock(machine: Machine, id: BlockId): 'done' | 'already' {
  const block = writableBlock(machine, id)
  if (block.state === 'offline') return 'already'
  if (block.zone === null) {
    throw new HotplugError(
      'BLOCK_WITHOUT_ZONE',
      'EINVAL',
      `memory${id} has pages in more than one zone, or in none.`,
      {
        detail: { block: id },
      },
    )
  }
  const zone = zoneOf(machine, block.zone)
  block.state = 'going-offline'
  try {
    transact(machine, 'offline', (tx) => offlinePages(machine, tx, { block, zone }))
  } catch (error) {
    block.state = 'online'
    throw error
  }
  block.zone = null
  block.state = 'offline'
  emitUevent(machine, 'offline', blockDevice(id))
  return 'done'
}

interface Going {
  readonly block: MemoryBlock
  readonly zone: Zone
}

/** offline_pages in the kernel's order. Source: mm/memory_hotplug.c 6.1; spec 4.2. */
function offlinePages(machine: Machine, tx: Transaction, going: Going): void {
  const { block, zone } = going
  const whole = blockRange(machine, block.id)
  const usable = usablePages(machine, block)
  // The memmap that the block holds itself leaves the count first, so that the zone and the node can become empty.
  const present = { zone, early: block.early, groupId: block.groupId }
  const memmapPages = block.selfHostedPages
  adjustPresentPages(machine, { ...present, pages: -memmapPages })
  tx.onUndo(() => adjustPresentPages(machine, { ...present, pages: memmapPages }))
  tx.step('holes', () => refuseHoles(machine, block, whole))
  tx.step(
    'per-cpu',
    () => disablePerCpu(machine, zone),
    () => enablePerCpu(machine, zone),
  )
  tx.step('isolate', () => isolateRange(machine, { zone, range: usable }))
  const notice = offlineNotice(machine, zone, usable)
  tx.onUndo(() => tellMemoryChain(machine.memoryChain, 'MEM_CANCEL_OFFLINE', notice))
  tx.onUndo(() => undoIsolation(machine, { zone, range: usable }))
  tx.step('notify', () => askMemoryChain(machine.memoryChain, 'MEM_GOING_OFFLINE', notice))
  tx.step('migrate', () => emptyRange(machine, { zone, range: usable, block }))
  tx.step('dissolve', () => dissolveFreeHugePages(machine, usable))
  // The kernel starts over and over here; in the model nothing would be different the next time.
  if (!rangeIsIsolated(machine, usable)) throw stalled(machine, block, [])
  tx.pointOfNoReturn()
  takeOffline(machine, { zone, range: whole })
  removeOnlineRange(zone, whole)
  enablePerCpu(machine, zone)
  adjustManagedPages(machine, { zone, pages: -rangeSize(usable) })
  adjustPresentPages(machine, { ...present, pages: -rangeSize(usable) })
  clearNodeStates(machine, notice)
  tellMemoryChain(machine.memoryChain, 'MEM_OFFLINE', notice)
  detachRange(machine, { zone, range: whole })
  shrinkSpans({
    node: nodeOf(machine, zone.nodeId),
    zone,
    range: whole,
    subsectionPages: subsectionPages(machine),
  })
  logLine(machine, 'debug', `Offlined Pages ${rangeSize(usable)}`)
}

function refuseHoles(machine: Machine, block: MemoryBlock, range: PfnRange): void {
  const { pageBytes } = machine.geometry
  const bytes = { start: range.start * pageBytes, end: range.end * pageBytes }
  const missingBytes = rangeSize(bytes) - systemRamBytes(machine.state.memory.resources, bytes)
  if (missingBytes === 0) return
  throw new HotplugError(
    'BLOCK_HAS_HOLES',
    'EINVAL',
    `memory${block.id} has holes: System RAM does not cover it.`,
    {
      detail: { block: block.id, missingBytes },
    },
  )
}

/**
 * The inner loop: migrates until no movable page is left in the range. The kernel has no limit here; the model
 * stops when a whole pass moved nothing, for then nothing will ever change, and says so.
 */
function emptyRange(
  machine: Machine,
  what: { zone: Zone; range: PfnRange; block: MemoryBlock },
): void {
  const { zone, range, block } = what
  let from: number = range.start
  for (;;) {
    const found = scanMovable(machine, { range, from })
    if (found.kind === 'none') return
    if (found.kind === 'unmovable') {
      throw new HotplugError(
        'UNMOVABLE_PAGE',
        'EBUSY',
        `Page ${found.pfn.toString(16)} cannot move.`,
        {
          detail: { block: block.id, pfn: found.pfn },
        },
      )
    }
    const { migrated, failed } = migrateRange(machine, {
      zone,
      range: { start: found.pfn, end: range.end },
    })
    if (migrated === 0) throw stalled(machine, block, failed)
    from = range.start
  }
}

function stalled(
  machine: Machine,
  block: MemoryBlock,
  failed: readonly MigrationFailure[],
): HotplugError {
  const first = failed[0]
  for (const { pfn, reason } of failed.slice(0, 3)) {
    const errno = reason === 'no-memory' ? -12 : -11
    logLine(machine, 'warn', `migrating pfn ${pfn.toString(16)} failed ret:${errno}`)
  }
  return new HotplugError(
    'OFFLINE_STALLED',
    'EINTR',
    `memory${block.id}: the kernel would go on for ever, nothing moves any more (${first?.reason ?? 'a page is in use that nobody can migrate'}). ` +
      'The model interrupts it as a signal would.',
    { detail: { block: block.id, failed: failed.slice(0, 16), pagesLeft: failed.length } },
  )
}

function clearNodeStates(machine: Machine, notice: MemoryNotice): void {
  for (const node of machine.state.memory.nodes.values()) {
    if (node.id === notice.statusChangeNidNormal) node.hasNormalMemory = false
    if (node.id !== notice.statusChangeNid) continue
    node.hasMemory = false
    node.kthreads = false
  }
}
