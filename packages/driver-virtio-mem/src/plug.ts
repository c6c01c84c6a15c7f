import {
  addMemory,
  GIB,
  type HotplugError,
  type Machine,
  MERGE_RESOURCE,
  type Range,
  rangeSize,
  refusalOf,
} from '@memhp/core'
import { fakeOnline } from '@memhp/core/plugin'
import { kindInTurn } from './block-kind'
import { type Outcome, outcomeOf } from './outcome'
import {
  askToPlug,
  asPhys,
  blocksIn,
  ownBlock,
  pagesOf,
  pluggedBytes,
  setPlugged,
  unitsOf,
  unpluggedParts,
} from './region'
import type { BoundDevice, VirtioMemDevice } from './state'

/** A device that the kernel's driver is bound to. */
export interface Bound {
  readonly device: VirtioMemDevice
  readonly bound: BoundDevice
}

/** Name of its memory in /proc/iomem. */
const RESOURCE_NAME = 'System RAM (virtio_mem)'

/** How much added memory may wait offline. Source: virtio_mem_init, drivers/virtio/virtio_mem.c 6.1; spec 6.4 */
const offlineLimit = ({ geometry, generation }: Machine, { bound }: Bound): number =>
  generation.rules.resizable.waiting === 'ten-blocks'
    ? 10 * geometry.blockBytes
    : Math.max(2 * geometry.blockBytes, GIB, bound.mode === 'big-blocks' ? 2 * bound.unitBytes : 0)

/** Bytes of the device's blocks that are added and offline. */
function offlineBytes(machine: Machine, { device }: Bound): number {
  const { blockBytes } = machine.geometry
  const offline = unitsOf(device, blockBytes).filter(
    (block) => ownBlock(machine, device, block)?.state === 'offline',
  )
  return offline.length * blockBytes
}

/** Whether so much may be added that it is worth beginning, as memory has come online. */
export const mayGoOn = (machine: Machine, of: Bound): boolean =>
  mayAdd(
    machine,
    of,
    machine.generation.rules.resizable.waiting === 'ten-blocks'
      ? machine.geometry.blockBytes
      : offlineLimit(machine, of) / 2,
  )

/** Whether so much more may be added, as it may not come online. */
const mayAdd = (machine: Machine, of: Bound, bytes: number): boolean =>
  offlineBytes(machine, of) + bytes <= offlineLimit(machine, of)

/**
 * Plugs memory: into blocks that are plugged in part, those of kernel zones first, then movable ones, then those that are offline;
 * then into blocks that are not added yet, from the lowest up.
 * @param bytes how much more is asked for; less than a sub-block is left out
 */
export function plugSubBlocks(machine: Machine, of: Bound, bytes: number): Outcome {
  const { device, bound } = of
  const { blockBytes } = machine.geometry
  const blocks = unitsOf(device, blockBytes)
  let left = bytes - (bytes % bound.unitBytes)
  for (const kind of ['kernel', 'movable', 'offline'] as const) {
    for (const block of blocks) {
      if (left === 0) return 'done'
      if (kindInTurn(machine, device, block) !== kind) continue
      const filled = fillBlock(machine, device, block, left)
      if (filled === 'short') return filled
      left -= filled
    }
  }
  for (const block of blocks) {
    if (left === 0) return 'done'
    if (ownBlock(machine, device, block) !== undefined) continue
    if (!mayAdd(machine, of, blockBytes)) return 'full'
    const part = { start: block.start, end: block.start + Math.min(left, blockBytes) }
    const refusal = plugAndAdd(machine, of, { block, part })
    if (refusal !== undefined) return outcomeOf(refusal)
    left -= rangeSize(part)
  }
  return left === 0 ? 'done' : 'full'
}

/** Plugs what lacks of a block, from its start. @returns how many bytes, at most those that are left; `short`: the hypervisor did not */
function fillBlock(
  machine: Machine,
  device: VirtioMemDevice,
  block: Range,
  left: number,
): number | 'short' {
  let plugged = 0
  for (const gap of unpluggedParts(device, block)) {
    const part = { start: gap.start, end: Math.min(gap.end, gap.start + left - plugged) }
    if (rangeSize(part) === 0) break
    if (refusalOf(() => askToPlug(machine, device, { range: part, to: 'plugged' }))) return 'short'
    if (ownBlock(machine, device, block)?.state === 'online')
      fakeOnline(machine, pagesOf(machine, part))
    plugged += rangeSize(part)
  }
  return plugged
}

/** Plugs a part of a block, or of a big block, and adds the whole. @returns the refusal, after which nothing of it is plugged */
function plugAndAdd(
  machine: Machine,
  { device, bound }: Bound,
  { block, part }: { readonly block: Range; readonly part: Range },
): HotplugError | undefined {
  const refused = refusalOf(() => askToPlug(machine, device, { range: part, to: 'plugged' }))
  if (refused !== undefined) return refused
  const refusal = refusalOf(() =>
    addMemory(machine, {
      range: asPhys(block),
      groupId: bound.groupId,
      mergeResource: MERGE_RESOURCE,
      resourceName: RESOURCE_NAME,
    }),
  )
  if (refusal !== undefined) setPlugged(machine, device, { range: part, to: 'unplugged' })
  return refusal
}

/** Plugs whole big blocks that are not added yet, from the lowest up. */
export function plugBigBlocks(machine: Machine, of: Bound, bytes: number): Outcome {
  const { device, bound } = of
  let left = Math.floor(bytes / bound.unitBytes)
  for (const block of unitsOf(device, bound.unitBytes)) {
    if (left === 0) return 'done'
    if (isAdded(machine, device, block)) continue
    if (!mayAdd(machine, of, bound.unitBytes)) return 'full'
    const refusal = plugAndAdd(machine, of, { block, part: block })
    if (refusal !== undefined) return outcomeOf(refusal)
    left -= 1
  }
  return left === 0 ? 'done' : 'full'
}

/** Whether a big block is added: it is plugged, or blocks of it are there still. */
export const isAdded = (machine: Machine, device: VirtioMemDevice, block: Range): boolean =>
  pluggedBytes(device, block) > 0 ||
  blocksIn(machine, block).some(
    (id) => ownBlock(machine, device, startOf(machine, id)) !== undefined,
  )

const startOf = ({ geometry }: Machine, id: number): Range => ({
  start: id * geometry.blockBytes,
  end: (id + 1) * geometry.blockBytes,
})
