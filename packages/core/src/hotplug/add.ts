import type { NodeId } from '../address/brand'
import { type PhysRange, rangeSize } from '../address/range'
import { isAligned } from '../address/units'
import { addBlock, blockDevice, blockIdsOfRange, removeBlock } from '../block/block-table'
import { groupOf } from '../block/group'
import { HotplugError } from '../errors/hotplug-error'
import { addFirmwareMapEntry } from '../firmware-map/firmware-map-table'
import { emitUevent, logLine } from '../machine/journal'
import { memmapPagesPerBlock, supportsMemmapOnMemory } from '../mapping/memmap-on-memory'
import type { ArchAddRequest } from '../model/arch'
import type { Machine } from '../model/machine'
import { findNode, nodeDevice, nodeOf } from '../node/node-table'
import {
  mergeSystemRam,
  releaseSystemRam,
  requestSystemRam,
  SYSTEM_RAM,
} from '../resource/resource-tree'
import { onlineBlock } from './online'
import { type Transaction, transact } from './transaction'

export interface AddMemoryRequest {
  /** Bytes, end exclusive. */
  readonly range: PhysRange
  /** Node of the memory; default: that of the group, else the platform's guess for the address. */
  readonly nodeId?: NodeId
  readonly groupId?: number
  /** MHP_MEMMAP_ON_MEMORY: the memmap is to lie in the memory itself. */
  readonly memmapOnMemory?: true
  /** MHP_MERGE_RESOURCE: join the entry in /proc/iomem with its neighbours. */
  readonly mergeResource?: true
  /** Default `System RAM`; driver-managed memory is named `System RAM (…)`. */
  readonly resourceName?: string
}

/**
 * add_memory: takes physical memory in. Its blocks are offline afterwards, unless auto_online_blocks says otherwise.
 * @throws HotplugError ADDRESS_OUT_OF_REACH (E2BIG), RESOURCE_BUSY (EEXIST), UNALIGNED_RANGE, NO_SUCH_GROUP,
 *   NO_SUCH_NODE, BAD_ARGUMENT (EINVAL), BLOCK_EXISTS (EEXIST), OUT_OF_MEMORY (ENOMEM), and what the arch throws
 * Source: mm/memory_hotplug.c 6.1; spec 2.3, 2.4.
 */
export function addMemory(machine: Machine, request: AddMemoryRequest): void {
  const name = request.resourceName ?? SYSTEM_RAM
  if (name !== SYSTEM_RAM && !/^System RAM \(.*\)$/.test(name)) {
    throw new HotplugError(
      'BAD_ARGUMENT',
      'EINVAL',
      `"${name}" is no name for memory: use "System RAM (driver)".`,
    )
  }
  transact(machine, 'add', (tx) =>
    addMemoryResource(machine, tx, { ...request, resourceName: name }),
  )
  autoOnline(machine, request.range)
}

function addMemoryResource(
  machine: Machine,
  tx: Transaction,
  request: AddMemoryRequest & { readonly resourceName: string },
): void {
  const { range, resourceName } = request
  const { memory } = machine.state
  tx.step('reach', () => refuseOutOfReach(machine, range))
  const resource = tx.step(
    'resource',
    () =>
      requestSystemRam(memory.resources, {
        name: resourceName,
        range,
        mergeable: request.mergeResource === true,
      }),
    () => void releaseSystemRam(memory.resources, range),
  )
  tx.step('align', () => refuseUnaligned(machine, range))
  const nodeId = tx.step('node', () => nodeForRange(machine, request))
  const node = nodeOf(machine, nodeId)
  const selfHosted =
    request.memmapOnMemory === true && tx.step('memmap', () => requireSelfHosting(machine, range))
  const archRequest: ArchAddRequest = { range, nodeId, selfHostedMemmap: selfHosted }
  tx.step(
    'arch',
    () => machine.arch.addMemory(machine, archRequest),
    () => machine.arch.removeMemory(machine, archRequest),
  )
  tx.step('blocks', () =>
    createBlocks(machine, tx, { ...archRequest, groupId: request.groupId ?? null }),
  )
  tx.pointOfNoReturn()
  if (!node.online) {
    node.online = true
    emitUevent(machine, 'add', nodeDevice(nodeId))
  }
  if (resourceName === SYSTEM_RAM && machine.arch.features.firmwareMap) {
    addFirmwareMapEntry(memory.firmwareMap, { range, type: SYSTEM_RAM })
  }
  if (request.mergeResource === true) mergeSystemRam(memory.resources, resource)
}

function refuseOutOfReach(machine: Machine, range: PhysRange): void {
  const limit = 2 ** machine.arch.geometry.maxPhysMemBits
  if (range.start < range.end && range.start >= 0 && range.end <= limit) return
  const hex = (value: number): string => `0x${value.toString(16)}`
  const text = `Hotplug memory [${hex(range.start)}-${hex(range.end)}] exceeds maximum addressable range [0x0-${hex(limit - 1)}]`
  logLine(machine, 'warn', text)
  throw new HotplugError('ADDRESS_OUT_OF_REACH', 'E2BIG', text, { detail: { ...range, limit } })
}

function refuseUnaligned(machine: Machine, range: PhysRange): void {
  const { blockBytes } = machine.geometry
  if (
    rangeSize(range) > 0 &&
    isAligned(range.start, blockBytes) &&
    isAligned(range.end, blockBytes)
  )
    return
  const hex = (value: number): string => `0x${value.toString(16)}`
  const text = `Block size [${hex(blockBytes)}] unaligned hotplug range: start ${hex(range.start)}, size ${hex(rangeSize(range))}`
  logLine(machine, 'err', text)
  throw new HotplugError('UNALIGNED_RANGE', 'EINVAL', text, { detail: { ...range, blockBytes } })
}

function nodeForRange(machine: Machine, request: AddMemoryRequest): NodeId {
  const id =
    request.groupId !== undefined
      ? groupOf(machine, request.groupId).nodeId
      : (request.nodeId ?? guessNode(machine, request.range.start))
  if (findNode(machine, id) !== undefined) return id
  const text = `node ${id} was absent from the node_possible_map`
  logLine(machine, 'warn', text)
  throw new HotplugError('NO_SUCH_NODE', 'EINVAL', text, { detail: { node: id } })
}

/** The platform's guess of the node of an address: where its boot memory is, else the first online node. */
export function guessNode(machine: Machine, address: number): NodeId {
  const ram = machine.description.ram.find((range) => range.start <= address && address < range.end)
  if (ram !== undefined) return ram.node as NodeId
  for (const node of machine.state.memory.nodes.values()) if (node.online) return node.id
  throw new HotplugError('NO_SUCH_NODE', 'EINVAL', 'The machine has no online node.')
}

function requireSelfHosting(machine: Machine, range: PhysRange): boolean {
  if (supportsMemmapOnMemory(machine, rangeSize(range))) return true
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', 'The range cannot hold its own memmap.', {
    detail: { ...range },
  })
}

function createBlocks(
  machine: Machine,
  tx: Transaction,
  request: ArchAddRequest & { readonly groupId: number | null },
): void {
  const { nodeId, groupId } = request
  const group = groupId === null ? undefined : groupOf(machine, groupId)
  for (const id of blockIdsOfRange(machine, request.range)) {
    addBlock(machine, {
      id,
      nodeId,
      extraNodes: [],
      state: 'offline',
      zone: null,
      pendingType: 'offline',
      groupId,
      selfHostedPages: request.selfHostedMemmap ? memmapPagesPerBlock(machine) : 0,
      firmwareNode: null,
      early: false,
    })
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
function autoOnline(machine: Machine, range: PhysRange): void {
  const { autoOnline: type } = machine.state.memory.settings
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
