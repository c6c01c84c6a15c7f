import {
  addMemory,
  type BlockId,
  blockId,
  HotplugError,
  type Machine,
  nodeId,
  type PhysRange,
  physAddr,
  refusalOf,
  removeMemory,
} from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import {
  coveredSize,
  type Directory,
  directoryOf,
  insertInterval,
  parseBool,
  readWrite,
  removeInterval,
  supportsMemmapOnMemory,
} from '@memhp/core/plugin'
import type { SclpLayout } from './config'
import { assignStorage, attachElements, unassignStorage } from './increments'
import { sclpState } from './state'

/*
 * Since Linux 6.19 the writer of a file decides what storage the partition has, and no block coming online does. Blocks of
 * boot memory have the files, too.
 *
 * | `config` | of a block that is | what happens |
 * | --- | --- | --- |
 * | 1 | absent | its storage is assigned (EIO where not all is), the block is added |
 * | 0 | online | EBUSY |
 * | 0 | offline | its storage is given back, the block is removed |
 * | the same | | nothing |
 *
 * Source: drivers/s390/char/sclp_mem.c 7.2; spec 6.3, NEW-S390; recordings of 7.2.13.
 */

const rangeOf = (machine: Machine, id: BlockId): PhysRange => {
  const { blockBytes } = machine.geometry
  return { start: physAddr(id * blockBytes), end: physAddr((id + 1) * blockBytes) }
}

const isConfigured = (machine: Machine, id: BlockId): boolean =>
  findBlock(machine, id) !== undefined

/** Assigns the storage of a block and adds it. @throws HotplugError STORAGE_REFUSED (EIO), or as adding it refuses */
function configure(machine: Machine, id: BlockId, incrementBytes: number): void {
  const range = rangeOf(machine, id)
  if (!assignStorage(machine, range, incrementBytes)) {
    const text = `The hypervisor did not assign the storage of memory${id}.`
    throw new HotplugError('STORAGE_REFUSED', 'EIO', text, { detail: { block: id, ...range } })
  }
  const refusal = refusalOf(() =>
    addMemory(machine, {
      range,
      nodeId: nodeId(0),
      ...(holdsMemmap(machine, id) && { memmapOnMemory: true as const }),
    }),
  )
  if (refusal === undefined) return
  unassignStorage(machine, range, incrementBytes)
  throw refusal
}

/** Gives the storage of a block back and removes it. @throws HotplugError RANGE_ONLINE (EBUSY) */
function deconfigure(machine: Machine, id: BlockId, incrementBytes: number): void {
  const range = rangeOf(machine, id)
  if (findBlock(machine, id)?.state === 'online') {
    throw new HotplugError('RANGE_ONLINE', 'EBUSY', `memory${id} is online.`, {
      detail: { block: id, ...range },
    })
  }
  unassignStorage(machine, range, incrementBytes)
  removeMemory(machine, { range })
}

const holdsMemmap = (machine: Machine, id: BlockId): boolean =>
  coveredSize(sclpState(machine).memmapOnMemory, rangeOf(machine, id)) > 0

/** @throws HotplugError MEMMAP_UNSUPPORTED (EOPNOTSUPP), BLOCK_EXISTS (EBUSY) */
function storeMemmap(machine: Machine, id: BlockId, text: string): void {
  const wanted = parseBool(text)
  const { memmapOnMemory } = sclpState(machine)
  if (wanted && !supportsMemmapOnMemory(machine, machine.geometry.blockBytes)) {
    const reason = 'The kernel does not let memory hold its own struct pages.'
    throw new HotplugError('MEMMAP_UNSUPPORTED', 'EOPNOTSUPP', reason)
  }
  if (isConfigured(machine, id)) {
    const reason = `memory${id} exists: where its struct pages are is decided already.`
    throw new HotplugError('BLOCK_EXISTS', 'EBUSY', reason, { detail: { block: id } })
  }
  if (wanted) insertInterval(memmapOnMemory, rangeOf(machine, id))
  else removeInterval(memmapOnMemory, rangeOf(machine, id))
}

/** Kernel boot: standby memory has its own struct pages where that is supported and nothing else is said. */
export function prepareConfigured(machine: Machine, { standby, memmapOnMemory }: SclpLayout): void {
  if (memmapOnMemory !== null) return
  if (!supportsMemmapOnMemory(machine, machine.geometry.blockBytes)) return
  for (const range of standby) insertInterval(sclpState(machine).memmapOnMemory, range)
}

/** /sys/firmware/memory: a directory for each block that storage may be behind. */
export function storageDirectory(
  machine: Machine,
  { storageEnd, incrementBytes }: SclpLayout,
): Directory {
  const count = Math.floor(storageEnd / machine.geometry.blockBytes)
  const filesOf = (id: BlockId): Directory => {
    const flag = (is: () => boolean, store: (text: string) => void) =>
      readWrite(() => (is() ? '1\n' : '0\n'), store)
    return directoryOf({
      config: flag(
        () => isConfigured(machine, id),
        (text) => {
          const wanted = parseBool(text)
          if (wanted === isConfigured(machine, id)) return
          attachElements(machine)
          const change = wanted ? configure : deconfigure
          change(machine, id, incrementBytes)
        },
      ),
      memmap_on_memory: flag(
        () => holdsMemmap(machine, id),
        (text) => storeMemmap(machine, id, text),
      ),
    })
  }
  return directoryOf(
    Object.fromEntries(
      Array.from({ length: count }, (_, id) => [`memory${id}`, filesOf(blockId(id))]),
    ),
  )
}
