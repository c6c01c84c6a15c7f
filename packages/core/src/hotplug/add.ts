import { formatHex, isSystemRam, SYSTEM_RAM } from '@memhp/kernel-files'
import type { NodeId } from '../address/brand'
import { type PhysRange, rangeSize } from '../address/range'
import { isAligned } from '../address/units'
import {
  addBlock,
  addedBlock,
  blockDevice,
  blockIdsOfRange,
  removeBlock,
} from '../block/block-table'
import { groupOf } from '../block/group'
import { HotplugError } from '../errors/hotplug-error'
import { addFirmwareMapEntry } from '../firmware-map/firmware-map-table'
import { failsAt, passPoint } from '../machine/faults'
import { emitUevent } from '../machine/journal'
import { codeOf } from '../machine/kernel-code'
import { operate } from '../machine/operation'
import { say } from '../machine/say'
import { supportsMemmapOnMemory } from '../mapping/memmap-on-memory'
import type { ArchAddRequest } from '../model/arch'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import type { Adding, AddMemoryRequest, StepTable, Transaction } from '../model/steps'
import type { MemmapOnMemory } from '../model/subsystem'
import { enterNodeOnline } from '../node/node-online'
import { findNode, nodeOf } from '../node/node-table'
import { releaseSystemRam, requestSystemRam } from '../resource/resource-tree'
import { mapMemory, unmapMemory } from './map-memory'
import { onlineBlock } from './online'
import { runSteps, stepsOf } from './steps'
import { transact } from './transaction'

/**
 * add_memory: takes physical memory in. Its blocks are offline afterwards, unless auto_online_blocks says otherwise.
 * @throws HotplugError ADD_UNSUPPORTED with the arch's errno, ADDRESS_OUT_OF_REACH (E2BIG), RESOURCE_BUSY (EEXIST), UNALIGNED_RANGE, NO_SUCH_GROUP,
 *   NO_SUCH_NODE, BAD_ARGUMENT (EINVAL), BLOCK_EXISTS (EEXIST), OUT_OF_MEMORY (ENOMEM), and what the arch throws;
 *   OPERATION_IN_PROGRESS (EBUSY) in the midst of a transaction
 * Source: mm/memory_hotplug.c 6.1; spec 2.3, 2.4.
 * @public
 */
export function addMemory(machine: Machine, request: AddMemoryRequest): void {
  const name = request.resourceName ?? SYSTEM_RAM
  if (!isSystemRam(name)) {
    throw new HotplugError(
      'BAD_ARGUMENT',
      'EINVAL',
      `"${name}" is not a name for memory: use "System RAM (driver)".`,
    )
  }
  const work = { ...request, resourceName: name }
  operate(machine, 'add', () => {
    const table = stepsOf(machine.generation, 'add', ADD_STEPS)
    transact(machine, 'add', (tx) => runSteps(machine, tx, { table, work }))
    autoOnline(machine, request)
  })
}

/** add_memory_resource in the kernel's order. Source: mm/memory_hotplug.c 6.1; spec 2.4. */
export const ADD_STEPS: StepTable<Adding> = {
  mayRefuse: [
    { name: 'support', act: (machine, { range }) => refuseUnsupported(machine, range) },
    { name: 'reach', act: (machine, { range }) => refuseOutOfReach(machine, range) },
    {
      name: 'resource',
      act: claimResource,
      undo: ({ state }, { range }) => void releaseSystemRam(state.memory.resources, range),
    },
    { name: 'align', act: (machine, { range }) => refuseUnaligned(machine, range) },
    { name: 'node', act: prepareNode },
    {
      name: 'memmap',
      when: ({ memmapOnMemory }) => memmapOnMemory.unfit === 'refused',
      act: refuseUnfitForMemmap,
    },
    {
      per: 'part',
      parts: partsOf,
      steps: [
        {
          name: 'arch',
          act: (machine, adding) => mapMemory(machine, archRequest(machine, adding)),
          undo: (machine, adding) => unmapMemory(machine, archRequest(machine, adding)),
        },
        { name: 'blocks', act: createBlocks },
      ],
    },
  ],
  certain: [
    {
      name: 'node online',
      when: ({ add }) => add.firstOfNode === 'behind-blocks',
      act: (machine, adding) => void bringNodeOnline(machine, adding),
    },
    { name: 'firmware map', act: enterIntoFirmwareMap },
    {
      name: 'merge resource',
      act: ({ state }, { range, mergeResource }) => mergeResource?.(state.memory.resources, range),
    },
  ],
}

function claimResource(machine: Machine, adding: Adding): void {
  const { resourceName, range, mergeResource } = adding
  const mergeable = mergeResource !== undefined
  try {
    requestSystemRam(machine.state.memory.resources, { name: resourceName, range, mergeable })
  } catch (error) {
    say(machine, 'addBusy', { start: range.start, last: range.end - 1 })
    throw error
  }
}

const archRequest = (machine: Machine, adding: Adding): ArchAddRequest => ({
  range: adding.range,
  nodeId: nodeForRange(machine, adding),
  selfHostedMemmap: hostsItself(machine, adding),
})

/** Memory that holds its own memmap comes in block by block, other memory as a whole. */
function partsOf(machine: Machine, adding: Adding): readonly Adding[] {
  return hosting(machine, adding)?.blocksToAdd(machine, adding) ?? [adding]
}

/** What keeps the memmap of the range in its own memory, where it may hold it. */
const hosting = (machine: Machine, adding: Adding): MemmapOnMemory | undefined =>
  hostsItself(machine, adding) ? machine.subsystems.memmapOnMemory : undefined

const hostsItself = (machine: Machine, { range, memmapOnMemory }: Adding): boolean =>
  memmapOnMemory === true && supportsMemmapOnMemory(machine, rangeSize(range))

function prepareNode(machine: Machine, adding: Adding): void {
  const node = nodeOf(machine, nodeForRange(machine, adding))
  if (node.online) return
  say(machine, 'nodeIsNew', { node: node.id })
  machine.subsystems.kernelLog?.tellZonelists(machine, node)
}

/** The node of a range is entered, with its uevent, where it was not online before. @returns the node, if so */
export function bringNodeOnline(machine: Machine, adding: Adding): MemoryNode | undefined {
  const node = nodeOf(machine, nodeForRange(machine, adding))
  if (node.online) return undefined
  enterNodeOnline(machine, node)
  return node
}

function enterIntoFirmwareMap(machine: Machine, { range, resourceName }: Adding): void {
  if (resourceName !== SYSTEM_RAM || !machine.features.firmwareMap) return
  // The kernel only warns.
  if (failsAt(machine, 'sysfs/firmware-map')) return
  addFirmwareMapEntry(machine.state.memory.firmwareMap, { range, type: SYSTEM_RAM })
}

function refuseUnsupported(machine: Machine, range: PhysRange): void {
  const answer = machine.arch.canAdd(machine, range)
  if (answer.kind === 'allowed') return
  const { name } = machine.arch
  const text = `${name} cannot add memory: ${answer.reason}`
  throw new HotplugError('ADD_UNSUPPORTED', answer.errno, text, {
    detail: { arch: name, kind: answer.kind },
  })
}

function refuseOutOfReach(machine: Machine, range: PhysRange): void {
  const { start, end } = machine.arch.mappable
  if (range.start < range.end && range.start >= start && range.end <= end) return
  const text = `Hotplug memory [${formatHex(range.start)}-${formatHex(range.end)}] exceeds maximum addressable range [${formatHex(start)}-${formatHex(end - 1)}]`
  say(machine, 'addOutOfReach', { ...range, first: start, last: end - 1 })
  throw new HotplugError('ADDRESS_OUT_OF_REACH', 'E2BIG', text, {
    detail: { ...range, limit: end },
  })
}

function refuseUnaligned(machine: Machine, range: PhysRange): void {
  const { blockBytes } = machine.geometry
  if (
    rangeSize(range) > 0 &&
    isAligned(range.start, blockBytes) &&
    isAligned(range.end, blockBytes)
  )
    return
  const text = `Block size [${formatHex(blockBytes)}] unaligned hotplug range: start ${formatHex(range.start)}, size ${formatHex(rangeSize(range))}`
  say(machine, 'addUnaligned', { block: blockBytes, start: range.start, size: rangeSize(range) })
  throw new HotplugError('UNALIGNED_RANGE', 'EINVAL', text, { detail: { ...range, blockBytes } })
}

/** The node that memory is added to. @throws HotplugError NO_SUCH_NODE (EINVAL) */
export function nodeForRange(machine: Machine, request: AddMemoryRequest): NodeId {
  const id =
    request.groupId !== undefined
      ? groupOf(machine, request.groupId).nodeId
      : (request.nodeId ?? guessNode(machine, request.range.start))
  if (findNode(machine, id) !== undefined) return id
  if (machine.generation.rules.add.impossibleNode === 'entered') {
    codeOf(machine).enterNode(machine, id)
    return id
  }
  const text = `node ${id} was absent from the node_possible_map`
  say(machine, 'addImpossibleNode', { node: id })
  throw new HotplugError('NO_SUCH_NODE', 'EINVAL', text, { detail: { node: id } })
}

/** The platform's guess of the node of an address: where its boot memory is, else the first online node. @beta */
export function guessNode(machine: Machine, address: number): NodeId {
  const ram = machine.description.ram.find((range) => range.start <= address && address < range.end)
  if (ram !== undefined) return ram.node as NodeId
  for (const node of machine.state.memory.nodes.values()) if (node.online) return node.id
  throw new HotplugError('NO_SUCH_NODE', 'EINVAL', 'The machine has no online node.')
}

function refuseUnfitForMemmap(machine: Machine, adding: Adding): void {
  const { range, memmapOnMemory } = adding
  if (memmapOnMemory !== true || hostsItself(machine, adding)) return
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', 'The range cannot hold its own memmap.', {
    detail: { ...range },
  })
}

function createBlocks(machine: Machine, adding: Adding, tx: Transaction): void {
  const { groupId = null } = adding
  const nodeId = nodeForRange(machine, adding)
  const group = groupId === null ? undefined : groupOf(machine, groupId)
  for (const id of blockIdsOfRange(machine, adding.range)) {
    passPoint(machine, 'sysfs/memory-block')
    const selfHostedPages = hosting(machine, adding)?.pagesPerBlock(machine) ?? 0
    addBlock(machine, { ...addedBlock(id, nodeId), groupId, selfHostedPages })
    group?.blocks.add(id)
    emitUevent(machine, 'add', blockDevice(id))
    tx.onUndo(() => {
      removeBlock(machine, id)
      group?.blocks.delete(id)
      emitUevent(machine, 'remove', blockDevice(id))
    })
  }
}

/** Step 15 of the kernel's add: stops at the first block that does not come online; the add has succeeded all the same. */
function autoOnline(machine: Machine, { range, onlineType }: AddMemoryRequest): void {
  const type = onlineType ?? machine.state.memory.settings.autoOnline
  if (type === 'offline') return
  for (const id of blockIdsOfRange(machine, range)) {
    try {
      if (onlineBlock(machine, id, type) === 'already') return
    } catch (error) {
      if (error instanceof HotplugError) return
      throw error
    }
  }
}
