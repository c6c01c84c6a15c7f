import { formatHexDigits } from '@memhp/kernel-files'
import { type BlockId, blockId, type NodeId, nodeId } from '../address/brand'
import { blockDevice, blockIds, blockRange, findBlock } from '../block/block-table'
import { HotplugError } from '../errors/hotplug-error'
import { offlineBlock } from '../hotplug/offline'
import { onlineBlock } from '../hotplug/online'
import { kernelZoneFor, movableZoneOf, zoneForBlock } from '../hotplug/zone-choice'
import { firstObstacle } from '../isolation/obstacle'
import { directoryOf, linkTo, readOnly, readWrite, ueventOf, writeOnly } from '../kobject/mount'
import { emitUevent } from '../machine/journal'
import { subsystemOf } from '../machine/subsystem'
import type { MemoryBlock } from '../model/block'
import type { Directory, TreeNode } from '../model/directory'
import type { BlockFile } from '../model/generation-rules'
import type { Machine } from '../model/machine'
import type { Rereader } from '../model/subsystem'
import { zoneOf } from '../zone/zone-table'
import { namesWithBlocks } from './block-names'
import { parseBool, parseOnlineType, parseUnsigned } from './parse'

/** /sys/devices/system/memory. Source: drivers/base/memory.c 6.1; spec 1.1. */
export function memoryDirectory(machine: Machine, rereader: Rereader | undefined): Directory {
  const fixed = fixedFiles(machine)
  /** Who looks into the directory of a block mostly looks there again. */
  let last: { readonly id: BlockId; readonly directory: Directory } | undefined
  const blockEntry = (name: string): Directory | undefined => {
    const id = blockIdOf(name)
    if (id === undefined || findBlock(machine, id) === undefined) return undefined
    if (last?.id !== id) last = { id, directory: blockDirectory(machine, id, rereader) }
    return last.directory
  }
  return {
    kind: 'directory',
    ...(rereader && { version: rereader.memory }),
    names: namesWithBlocks(Object.keys(fixed), () => blockIds(machine), rereader),
    get: (name) => (Object.hasOwn(fixed, name) ? fixed[name] : blockEntry(name)),
  }
}

/** The files beside the blocks: those that the kernel has by its features. */
function fixedFiles(machine: Machine): Readonly<Record<string, TreeNode>> {
  const { features } = machine
  return {
    block_size_bytes: readOnly(() => `${formatHexDigits(machine.geometry.blockBytes)}\n`),
    ...(features.defaultOnlineType === null
      ? {}
      : { auto_online_blocks: autoOnlineBlocks(machine) }),
    ...(features.crashHotplug ? { crash_hotplug: readOnly(() => '0\n') } : {}),
    ...(features.memoryFailure ? pageFailureFiles(machine) : {}),
    uevent: ueventOf(() => undefined),
    ...(features.probe ? { probe: probe(machine) } : {}),
  }
}

const probe = (machine: Machine): TreeNode =>
  writeOnly((text) => subsystemOf(machine, 'memoryProbe', 'probe').add(machine, text))

function pageFailureFiles(machine: Machine): Readonly<Record<string, TreeNode>> {
  const file = (name: string, act: 'poison' | 'softOffline'): TreeNode =>
    writeOnly((text) =>
      subsystemOf(machine, 'memoryFailure', name)[act](machine, addressToPfn(machine, text)),
    )
  return {
    soft_offline_page: file('soft_offline_page', 'softOffline'),
    hard_offline_page: file('hard_offline_page', 'poison'),
  }
}

const autoOnlineBlocks = (machine: Machine): TreeNode =>
  readWrite(
    () => `${machine.state.memory.settings.autoOnline}\n`,
    (text) => {
      machine.state.memory.settings.autoOnline = parseOnlineType(
        machine.generation.rules.sysfs,
        text,
      )
    },
  )

function addressToPfn(machine: Machine, text: string): number {
  try {
    return Math.floor(parseUnsigned(text, { bits: 64 }) / machine.geometry.pageBytes)
  } catch (error) {
    // The page-offline files turn every parse error into EINVAL (spec 1.1.2).
    throw new HotplugError(
      'BAD_NUMBER',
      'EINVAL',
      `${JSON.stringify(text)} is not a physical address.`,
      { cause: error },
    )
  }
}

const BLOCK_NAME = /^memory(0|[1-9][0-9]*)$/

/** The number in a block's directory name, undefined for other names. */
export function blockIdOf(name: string): BlockId | undefined {
  const digits = BLOCK_NAME.exec(name)?.[1]
  return digits === undefined ? undefined : blockId(Number(digits))
}

/** The block as it is now; the directory may be older than the block's end. */
function present(machine: Machine, id: BlockId): Readonly<MemoryBlock> {
  const block = findBlock(machine, id)
  if (block !== undefined) return block
  throw new HotplugError('NO_SUCH_BLOCK', 'ENODEV', `memory${id} is gone.`, {
    detail: { block: id },
  })
}

type BlockEntry = (machine: Machine, id: BlockId) => TreeNode | undefined

const blockNumber: BlockEntry = (_, id) => {
  const text = `${formatHexDigits(id, 8)}\n`
  return readOnly(() => text)
}

/** What a block's directory may hold beside the links to its nodes; each is made when it is asked for. */
const BLOCK_ENTRIES: Readonly<Record<BlockFile, BlockEntry>> = {
  phys_index: blockNumber,
  end_phys_index: blockNumber,
  state: (machine, id) =>
    readWrite(
      () => `${present(machine, id).state}\n`,
      (text) => writeState(machine, id, text),
    ),
  online: (machine, id) =>
    readWrite(
      () => `${present(machine, id).state === 'offline' ? 0 : 1}\n`,
      (text) => void (parseBool(text) ? onlineBlock(machine, id) : offlineBlock(machine, id)),
    ),
  removable: (machine, id) => readOnly(() => `${removable(machine, id)}\n`),
  phys_device: (machine, id) => readOnly(() => `${physDevice(machine, id)}\n`),
  valid_zones: (machine, id) => readOnly(() => zonesText(machine, present(machine, id))),
  uevent: (machine, id) => ueventOf(() => emitUevent(machine, 'change', blockDevice(id))),
  subsystem: () => linkTo('../../../../bus/memory'),
  firmware_node: (machine, id) => {
    const target = findBlock(machine, id)?.firmwareNode ?? null
    return target === null ? undefined : linkTo(target)
  },
}

/** arch_get_memory_phys_device: 0, but where firmware counts its storage by units. */
const physDevice = (machine: Machine, id: BlockId): number =>
  machine.drivers.find(({ physDevice: of }) => of !== undefined)?.physDevice?.(machine, id) ?? 0

const isBlockFile = (name: string, files: readonly BlockFile[]): name is BlockFile =>
  files.some((file) => file === name)

/** The directory of whatever block has this number: it may outlive the block, and is empty then. */
function blockDirectory(machine: Machine, id: BlockId, rereader: Rereader | undefined): Directory {
  const { blockFiles } = machine.generation.rules.sysfs
  let version: (() => number | undefined) | undefined
  return {
    kind: 'directory',
    ...(rereader && {
      version: () => {
        version ??= rereader.block(id, (block) => zonesText(machine, block))
        return version()
      },
    }),
    names: () => {
      const block = findBlock(machine, id)
      if (block === undefined) return []
      const isBound = block.firmwareNode !== null
      const entries = blockFiles.filter((file) => isBound || file !== 'firmware_node')
      return [...entries, ...nodesOf(machine, block).map((node) => `node${node}`)]
    },
    get: (name) => {
      const block = findBlock(machine, id)
      if (block === undefined) return undefined
      if (isBlockFile(name, blockFiles)) return BLOCK_ENTRIES[name](machine, id)
      return nodesOf(machine, block).some((node) => name === `node${node}`)
        ? linkTo(`../../node/${name}`)
        : undefined
    },
  }
}

const zonesText = (machine: Machine, block: Readonly<MemoryBlock>): string =>
  `${validZones(machine, block).join(' ')}\n`

/** The nodes that a block's directory links to. */
const nodesOf = (machine: Machine, block: Readonly<MemoryBlock>): NodeId[] =>
  machine.features.numa ? [block.nodeId, ...block.extraNodes] : []

function writeState(machine: Machine, id: BlockId, text: string): void {
  const type = parseOnlineType(machine.generation.rules.sysfs, text)
  const result = type === 'offline' ? offlineBlock(machine, id) : onlineBlock(machine, id, type)
  if (result === 'done') return
  throw new HotplugError('ALREADY_IN_STATE', 'EINVAL', `memory${id} is that already.`, {
    detail: { block: id, wanted: type },
  })
}

function removable(machine: Machine, id: BlockId): 0 | 1 {
  if (machine.generation.rules.sysfs.removable === 'always') return 1
  return firstObstacle(machine, blockRange(machine, id)) === undefined ? 1 : 0
}

/** Names of the zones that a block is in or may join, the default first. Source: spec 1.2.3. @alpha */
export function validZones(machine: Machine, block: Readonly<MemoryBlock>): readonly string[] {
  if (block.state === 'online')
    return [block.zone === null ? 'none' : zoneOf(machine, block.zone).name]
  const where = { nodeId: nodeId(block.nodeId), range: blockRange(machine, block.id) }
  const preferred = zoneForBlock(machine, block, 'online')
  const others = [kernelZoneFor(machine, where), movableZoneOf(machine, block.nodeId)]
  return [preferred, ...others.filter((zone) => zone !== preferred)].map((zone) => zone.name)
}

/** /sys/bus/memory: its devices are links to the blocks. */
export function memoryBusDirectory(machine: Machine, rereader: Rereader | undefined): Directory {
  return directoryOf({
    devices: {
      kind: 'directory',
      names: namesWithBlocks([], () => blockIds(machine), rereader),
      get: (name) => {
        const id = blockIdOf(name)
        if (id === undefined || findBlock(machine, id) === undefined) return undefined
        return linkTo(`../../../devices/system/memory/${name}`)
      },
    },
    drivers: directoryOf({}),
  })
}
