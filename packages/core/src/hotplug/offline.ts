import { systemRamBytes } from '@memhp/kernel-files'
import type { BlockId } from '../address/brand'
import { rangeSize } from '../address/range'
import { disablePerCpu, enablePerCpu } from '../allocator/per-cpu'
import { blockDevice, blockRange, findBlock, writableBlock } from '../block/block-table'
import { HotplugError } from '../errors/hotplug-error'
import { isolateRange } from '../isolation/isolate'
import { migrateRange, scanMovable } from '../isolation/migrate'
import { detachRange, rangeIsIsolated, takeOffline, undoIsolation } from '../isolation/online-range'
import { emitUevent } from '../machine/journal'
import { codeOf } from '../machine/kernel-code'
import { operate } from '../machine/operation'
import { say } from '../machine/say'
import type { MemoryBlock } from '../model/block'
import type { Machine } from '../model/machine'
import type { MemoryNotice } from '../model/memory-chain'
import type { MigrationFailure } from '../model/migration'
import type { Offlining, StepTable } from '../model/steps'
import type { Zone } from '../model/zone'
import { nodeOf } from '../node/node-table'
import { askMemoryChain, tellMemoryChain } from '../notify/notify'
import { shrinkAfter } from '../zone/leave-zone'
import { removeOnlineRange } from '../zone/zone-span'
import { zoneOf } from '../zone/zone-table'
import { adjustManagedPages, adjustPresentPages } from './accounting'
import { usablePages } from './online'
import { offlineNotice } from './status-change'
import { runSteps, stepsOf } from './steps'
import { transact } from './transaction'

/**
 * device_offline for a memory block.
 * @returns `already` where it was offline
 * @throws HotplugError NO_SUCH_BLOCK, BLOCK_WITHOUT_ZONE, BLOCK_HAS_HOLES, UNMOVABLE_PAGE, NOTIFIER_REFUSED,
 *   DISSOLVE_FAILED, OFFLINE_STALLED, in 2012 OFFLINE_GAVE_UP and, for a block that lacks a section, KERNEL_STOPS (EFAULT); the
 *   block is online as before, though pages may have moved away;
 *   OPERATION_IN_PROGRESS (EBUSY) in the midst of a transaction
 * Source: drivers/base/{core,memory}.c, mm/memory_hotplug.c 6.1; spec 4.
 * @public
 */
export function offlineBlock(machine: Machine, id: BlockId): 'done' | 'already' {
  return operate(machine, 'offline', () => deviceOffline(machine, id))
}

function deviceOffline(machine: Machine, id: BlockId): 'done' | 'already' {
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
  const work = offlining(machine, block, zone)
  const table = stepsOf(machine.generation, 'offline', OFFLINE_STEPS)
  try {
    transact(machine, 'offline', (tx) => runSteps(machine, tx, { table, work }))
  } catch (error) {
    block.state = 'online'
    throw error
  }
  block.zone = null
  block.state = 'offline'
  emitUevent(machine, 'offline', blockDevice(id))
  return 'done'
}

/** Whether a notifier keeps a block online, whatever its pages hold. It is not asked as in an offlining: without effect. @alpha */
export function keptByNotifier(machine: Machine, id: BlockId): boolean {
  const block = findBlock(machine, id)
  return (
    block !== undefined &&
    machine.memoryChain.entries.some(({ keeps }) => keeps?.(usablePages(machine, block)))
  )
}

function offlining(machine: Machine, block: MemoryBlock, zone: Zone): Offlining {
  const pages = { whole: blockRange(machine, block.id), usable: usablePages(machine, block) }
  return { block, zone, ...pages, notice: offlineNotice(machine, zone, pages) }
}

/** memory_block_offline and offline_pages in the kernel's order. Source: mm/memory_hotplug.c 6.1; spec 4.1, 4.2. */
export const OFFLINE_STEPS: StepTable<Offlining> = {
  mayRefuse: [
    {
      // Its own memmap leaves the count first, so that the zone and the node can become empty.
      name: 'own memmap',
      act: (machine, { block, zone }) =>
        adjustPresentPages(machine, { ...block, zone, pages: -block.selfHostedPages }),
      undo: (machine, { block, zone }) =>
        adjustPresentPages(machine, { ...block, zone, pages: block.selfHostedPages }),
    },
    { name: 'holes', when: ({ offline }) => offline.holes === 'refused', act: refuseHoles },
    {
      name: 'per-cpu',
      act: (machine, { zone }) => disablePerCpu(machine, zone),
      undo: (machine, { zone }) => enablePerCpu(machine, zone),
    },
    {
      name: 'isolate',
      act: (machine, { zone, usable: range }) => isolateRange(machine, { zone, range }),
    },
    {
      name: 'notify',
      act: (machine, { notice }) => askMemoryChain(machine, 'MEM_GOING_OFFLINE', notice),
      cleanup: (machine, { zone, usable: range, notice }) => {
        const { pageBytes } = machine.geometry
        const bytes = { start: range.start * pageBytes, last: range.end * pageBytes - 1 }
        say(machine, 'offlineFailed', bytes)
        undoIsolation(machine, { zone, range })
        tellMemoryChain(machine, 'MEM_CANCEL_OFFLINE', notice)
      },
    },
    { name: 'migrate', act: emptyRange },
    {
      name: 'dissolve',
      when: ({ offline }) => offline.freeHugePages === 'dissolved',
      act: (machine, { usable }) => machine.subsystems.hugePages?.dissolveFree(machine, usable),
    },
    {
      // The kernel starts over and over here; in the model nothing would be different the next time.
      name: 'emptied',
      act: (machine, { block, usable }) => {
        if (!rangeIsIsolated(machine, usable)) throw stalled(machine, block, [])
      },
    },
  ],
  certain: [
    {
      name: 'take out',
      act: (machine, { zone, whole: range }) => {
        takeOffline(machine, { zone, range })
        removeOnlineRange(zone, range)
        const { onlined } = zone.free
        if (onlined.includes(range.start)) onlined.splice(onlined.indexOf(range.start), 1)
      },
    },
    {
      name: 'log',
      act: (machine, { usable }) => say(machine, 'offlined', { pages: rangeSize(usable) }),
    },
    { name: 'per-cpu', act: (machine, { zone }) => enablePerCpu(machine, zone) },
    { name: 'count', act: countOffline },
    { name: 'node states', act: (machine, { notice }) => clearNodeStates(machine, notice) },
    {
      name: 'zonelists',
      when: ({ offline }) => offline.zonelists === 'rebuilt',
      act: (machine, { zone }) => {
        if (zone.presentPages === 0) machine.subsystems.kernelLog?.tellZonelists(machine)
      },
    },
    {
      name: 'tell',
      act: (machine, { notice }) => tellMemoryChain(machine, 'MEM_OFFLINE', notice),
    },
    {
      name: 'detach',
      when: ({ zones }) => zones.joins === 'onlined',
      act: (machine, { zone, whole: range }) => {
        detachRange(machine, { zone, range })
        shrinkAfter(machine, { node: nodeOf(machine, zone.nodeId), zone, range })
      },
    },
  ],
}

/**
 * Pages that were withheld were never managed. Linux 6.1 takes all pages of the range off, and virtio-mem adds its own
 * back before (MEM_GOING_OFFLINE); Linux 6.12 takes off those that are managed. It comes to the same.
 */
function countOffline(machine: Machine, { block, zone, usable }: Offlining): void {
  const pages = -rangeSize(usable)
  adjustManagedPages(machine, { zone, pages: pages + block.withheldPages })
  block.withheldPages = 0
  adjustPresentPages(machine, { ...block, zone, pages })
}

function refuseHoles(machine: Machine, { block, whole: range }: Offlining): void {
  const { pageBytes } = machine.geometry
  const bytes = { start: range.start * pageBytes, end: range.end * pageBytes }
  const missingBytes =
    rangeSize(bytes) - systemRamBytes(machine.state.memory.resources.children, bytes)
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

/** Passes that an injected fault may keep from moving anything, one after the other, before the model stops. */
const PATIENCE = 5

/**
 * The inner loop: migrates until no movable page is left in the range. The kernel has no limit here; the model
 * stops when a whole pass moved nothing, for then nothing will ever change, and says so.
 */
function emptyRange(machine: Machine, { zone, usable: range, block }: Offlining): void {
  let from: number = range.start
  for (let hindered = 0; ; ) {
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
    const { migrated, failed, mayMoveLater } = migrateRange(machine, {
      zone,
      range: { start: found.pfn, end: range.end },
    })
    hindered = mayMoveLater && migrated === 0 ? hindered + 1 : 0
    if (migrated === 0 && (!mayMoveLater || hindered === PATIENCE))
      throw stalled(machine, block, failed)
    from = range.start
  }
}

function stalled(
  machine: Machine,
  block: Readonly<MemoryBlock>,
  failed: readonly MigrationFailure[],
): HotplugError {
  const first = failed[0]
  for (const { pfn, reason } of failed.slice(0, 3)) {
    const errno = reason === 'no-memory' ? -12 : -11
    say(machine, 'migrationFailed', { pfn, errno })
  }
  const { limit } = machine.generation.rules.offline
  if (limit !== null) return codeOf(machine).gaveUp(block, failed, limit)
  return new HotplugError(
    'OFFLINE_STALLED',
    'EINTR',
    `memory${block.id}: the kernel would go on for ever, nothing moves any more (${first?.reason ?? 'a page is in use that cannot be migrated'}). ` +
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
