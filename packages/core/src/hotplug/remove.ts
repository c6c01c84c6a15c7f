import { SYSTEM_RAM } from '@memhp/kernel-files'
import { type BlockId, blockId, type NodeId } from '../address/brand'
import { type PhysRange, rangeSize, rangesOverlap } from '../address/range'
import { isAligned } from '../address/units'
import {
  blockDevice,
  blocksOfRange,
  findBlock,
  nodeHasBlocks,
  removeBlock,
} from '../block/block-table'
import { HotplugError, refusalOf } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import { removeFirmwareMapEntry } from '../firmware-map/firmware-map-table'
import { emitUevent } from '../machine/journal'
import { operate } from '../machine/operation'
import { say } from '../machine/say'
import type { ArchRemoveRequest } from '../model/arch'
import type { MemoryBlock } from '../model/block'
import type { Machine } from '../model/machine'
import type { Removing, StepTable } from '../model/steps'
import type { MemmapOnMemory } from '../model/subsystem'
import { takeNodeOffline } from '../node/node-online'
import { nodeOf } from '../node/node-table'
import { releaseSystemRam } from '../resource/resource-tree'
import { isMovableZone, zoneOf } from '../zone/zone-table'
import { unmapMemory } from './map-memory'
import { offlineBlock } from './offline'
import { onlineBlock } from './online'
import { runSteps, stepsOf } from './steps'
import { transact } from './transaction'

/**
 * remove_memory: forgets a range whose blocks are all offline, with everything that described it.
 * @throws HotplugError REMOVE_UNSUPPORTED with the arch's errno, UNALIGNED_RANGE (EINVAL), ADDRESS_OUT_OF_REACH (E2BIG),
 *   RANGE_ONLINE (EBUSY; in 2012 EAGAIN), SECTION_ABSENT (EINVAL; in 2012, with what lies below it removed), WRONG_GRANULARITY (EINVAL), DEVICE_BOUND (EBUSY) for memory of a device, which
 *   only its driver may remove, KERNEL_STOPS (EFAULT) by a defect, OPERATION_IN_PROGRESS (EBUSY) in the midst of a transaction
 * Source: try_remove_memory, mm/memory_hotplug.c 6.1; spec 5.2.
 * @public
 */
export function removeMemory(machine: Machine, request: { readonly range: PhysRange }): void {
  const { range } = request
  refuseBound(machine, range)
  const work: Removing = { range, blocks: [], nodeId: null, endedAt: null }
  const all = stepsOf(machine.generation, 'remove', REMOVE_STEPS)
  const table = machine.generation.code?.leftBehind(machine, range, all) ?? all
  transact(machine, 'remove', (tx) => runSteps(machine, tx, { table, work }))
  if (work.endedAt === null) return
  const text = `Section ${work.endedAt} is not present: the removal ended there, and what is above it stays.`
  throw new HotplugError('SECTION_ABSENT', 'EINVAL', text, { detail: { section: work.endedAt } })
}

/**
 * Refuses to take memory from under a device. The kernel's callers of remove_memory are the drivers themselves: those ask
 * in the course of their work, anybody else from outside.
 */
function refuseBound(machine: Machine, range: PhysRange): void {
  if (machine.activity.phase !== 'idle') return
  const devices = machine.drivers.flatMap((driver) => driver.devices(machine))
  const bound = devices.find(({ ranges }) =>
    ranges.some((each) => each.enabled && rangesOverlap(each, range)),
  )
  if (bound === undefined) return
  const { name, driver } = bound
  throw new HotplugError('DEVICE_BOUND', 'EBUSY', `The range is memory of ${driver} ${name}.`, {
    detail: { device: name, driver, ...range },
  })
}

/** try_remove_memory in the kernel's order. Source: mm/memory_hotplug.c 6.1; spec 5.2. */
export const REMOVE_STEPS: StepTable<Removing> = {
  mayRefuse: [
    { name: 'align', act: (machine, { range }) => refuseBadRange(machine, range) },
    {
      name: 'offline',
      act: (machine, removing) => {
        removing.blocks = offlineBlocksOf(machine, removing.range)
        removing.nodeId = removing.blocks.at(-1)?.nodeId ?? null
      },
    },
    {
      name: 'granularity',
      act: (machine, removing) => hosting(machine, removing)?.refuseGranularity(machine, removing),
    },
    { name: 'arch', act: refuseUnsupported },
  ],
  certain: [
    { name: 'firmware map', act: leaveFirmwareMap },
    {
      per: 'part',
      parts: partsOf,
      steps: [
        {
          name: 'blocks',
          act: (machine, { blocks }) => {
            for (const block of blocks) forgetBlock(machine, block)
          },
        },
        {
          name: 'arch',
          when: ({ remove }) => remove.unit === 'range',
          act: (machine, removing) => removeFromArch(machine, removing),
        },
      ],
    },
    { name: 'resource', when: ({ remove }) => remove.resource === 'after', act: leaveResource },
    { name: 'node', act: (machine, removing) => tryOfflineNode(machine, nodeOfRange(removing)) },
  ],
}

function nodeOfRange({ nodeId }: Removing): NodeId {
  invariant(nodeId !== null, 'A range that is removed has blocks.')
  return nodeId
}

const holdsOwnMemmap = ({ blocks }: Removing): boolean =>
  blocks.some(({ selfHostedPages }) => selfHostedPages > 0)

/** What keeps the memmap of blocks of the range in their own memory. */
const hosting = (machine: Machine, removing: Removing): MemmapOnMemory | undefined =>
  holdsOwnMemmap(removing) ? machine.subsystems.memmapOnMemory : undefined

/** Memory that holds its own memmap goes block by block, other memory as a whole or by sections. */
function partsOf(machine: Machine, removing: Removing): readonly Removing[] {
  const { code } = machine.generation
  if (code !== undefined) return code.sectionParts(machine, removing)
  return hosting(machine, removing)?.blocksToRemove(machine, removing) ?? [removing]
}

function leaveFirmwareMap(machine: Machine, { range }: Removing): void {
  if (!machine.features.firmwareMap) return
  removeFirmwareMapEntry(machine.state.memory.firmwareMap, { range, type: SYSTEM_RAM })
}

/** Takes what describes and maps memory away. @param only the one or the other */
export function removeFromArch(
  machine: Machine,
  removing: Removing,
  only?: ArchRemoveRequest['only'],
): void {
  if (rangeSize(removing.range) === 0) return
  unmapMemory(machine, {
    range: removing.range,
    nodeId: nodeOfRange(removing),
    selfHostedMemmap: holdsOwnMemmap(removing),
    ...(only === undefined ? {} : { only }),
  })
}

/** The range leaves /proc/iomem. */
function leaveResource(machine: Machine, { range }: Removing): void {
  if (releaseSystemRam(machine.state.memory.resources, range)) return
  say(machine, 'resourceAbsent', { start: range.start, last: range.end - 1 })
}

function refuseUnsupported(machine: Machine, { range }: Removing): void {
  const { name } = machine.arch
  const removal = machine.arch.canRemove(machine, range)
  if (removal.kind === 'allowed') return
  throw new HotplugError(
    'REMOVE_UNSUPPORTED',
    removal.errno,
    `${name} cannot remove memory: ${removal.reason}`,
    {
      detail: { arch: name, kind: removal.kind },
    },
  )
}

function refuseBadRange(machine: Machine, range: PhysRange): void {
  refuseUnaligned(machine, range)
  const { start, end } = machine.arch.mappable
  if (range.start >= start && range.end <= end) return
  throw new HotplugError(
    'ADDRESS_OUT_OF_REACH',
    'E2BIG',
    'The range to remove is not within the physical memory that the kernel can map.',
    { detail: { ...range } },
  )
}

function refuseUnaligned(machine: Machine, range: PhysRange): void {
  const { blockBytes } = machine.geometry
  if (
    rangeSize(range) > 0 &&
    isAligned(range.start, blockBytes) &&
    isAligned(range.end, blockBytes)
  )
    return
  throw new HotplugError(
    'UNALIGNED_RANGE',
    'EINVAL',
    'The range to remove is not a whole number of memory blocks.',
    {
      detail: { ...range, blockBytes },
    },
  )
}

function offlineBlocksOf(machine: Machine, range: PhysRange): Readonly<MemoryBlock>[] {
  const blocks = blocksOfRange(machine, range)
  const online = blocks.find((block) => block.state !== 'offline')
  if (online === undefined && blocks.length > 0) return blocks
  if (online === undefined) {
    throw new HotplugError('NO_SUCH_BLOCK', 'EINVAL', 'The range holds no memory block.', {
      detail: { ...range },
    })
  }
  const { blockBytes } = machine.geometry
  const blockStart = online.id * blockBytes
  say(machine, 'removeOnline', { ...range, blockStart, blockLast: blockStart + blockBytes - 1 })
  const { onlineErrno } = machine.generation.rules.remove
  const still = `memory${online.id} is still ${online.state}.`
  throw new HotplugError('RANGE_ONLINE', onlineErrno, still, {
    detail: { block: online.id, ...range },
  })
}

function forgetBlock(machine: Machine, block: Readonly<MemoryBlock>): void {
  removeBlock(machine, block.id)
  if (block.groupId !== null)
    machine.state.memory.groups.get(block.groupId)?.blocks.delete(block.id)
  emitUevent(machine, 'remove', blockDevice(block.id))
}

/**
 * Takes a node offline when nothing of it is left: no spanned page, no block, no present CPU.
 * Source: try_offline_node, mm/memory_hotplug.c 6.1; spec 5.5.
 * @beta
 */
export function tryOfflineNode(machine: Machine, id: MemoryBlock['nodeId']): void {
  const node = nodeOf(machine, id)
  if (!node.online || node.spannedPages > 0 || node.cpus.length > 0 || nodeHasBlocks(machine, id))
    return
  takeNodeOffline(machine, node)
}

/**
 * offline_and_remove_memory: takes every block of the range offline, ascending, and removes the range. When a block
 * refuses, those that this call took offline come back into a zone of the kind they had.
 * @throws HotplugError as `offlineBlock` and `removeMemory`
 * Source: mm/memory_hotplug.c 6.1; spec 5.1.
 * @public
 */
export function offlineAndRemoveMemory(
  machine: Machine,
  request: { readonly range: PhysRange },
): void {
  refuseBadRange(machine, request.range)
  refuseBound(machine, request.range)
  operate(machine, 'offline and remove', () => offlineAndRemove(machine, request))
}

function offlineAndRemove(machine: Machine, request: { readonly range: PhysRange }): void {
  const { range } = request
  const { blockBytes } = machine.geometry
  const taken: { id: BlockId; type: 'online_movable' | 'online_kernel' }[] = []
  try {
    // Block by block, for the first that is missing ends it: a range may be larger than any machine.
    for (let start: number = range.start; start < range.end; start += blockBytes) {
      const id = blockId(start / blockBytes)
      const zone = findBlock(machine, id)?.zone ?? null
      const wasMovable = zone !== null && isMovableZone(zoneOf(machine, zone))
      if (offlineBlock(machine, id) === 'done') {
        taken.push({ id, type: wasMovable ? 'online_movable' : 'online_kernel' })
      }
    }
    removeMemory(machine, request)
  } catch (error) {
    // What refuses to come back stays offline; the rest is tried all the same.
    for (const { id, type } of taken) refusalOf(() => onlineBlock(machine, id, type))
    throw error
  }
}
