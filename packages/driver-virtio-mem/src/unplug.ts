import {
  type HotplugError,
  type Machine,
  offlineAndRemoveMemory,
  type Range,
  rangeSize,
  refusalOf,
  removeMemory,
} from '@memhp/core'
import { fakeOffline, fakeOnline, passPoint } from '@memhp/core/plugin'
import { type BlockKind, blockKind, kindInTurn } from './block-kind'
import type { Outcome } from './outcome'
import type { Bound } from './plug'
import { isAdded } from './plug'
import {
  askToPlug,
  asPhys,
  blockAt,
  blocksIn,
  ownBlocks,
  pagesOf,
  pluggedBytes,
  pluggedParts,
  setPlugged,
  unitsOf,
} from './region'
import type { VirtioMemDevice } from './state'

/** Blocks of which kind are unplugged, one after the other: those plugged in part before full ones. */
const ORDER: readonly { readonly kind: BlockKind; readonly full: boolean }[] = [
  { kind: 'offline', full: false },
  { kind: 'offline', full: true },
  { kind: 'movable', full: false },
  { kind: 'kernel', full: false },
  { kind: 'movable', full: true },
  { kind: 'kernel', full: true },
]

/** How often a range of a movable zone is tried. Source: virtio_mem_fake_offline, drivers/virtio/virtio_mem.c 6.1 */
const TRIES_IN_MOVABLE = 5

/** What is still to be unplugged, and whether memory has run out on the way. */
interface Unplugging extends Bound {
  left: number
  /** Memory has run out, or the hypervisor does not take any: nothing more is tried before the timer runs out. */
  isStopped: boolean
}

/**
 * Unplugs memory, sub-block by sub-block: of blocks that are offline first, then of online ones, the highest first, and from the
 * end of each. A block of which nothing is plugged any more is removed.
 * @param bytes how much is to go; less than a sub-block stays
 */
export function unplugSubBlocks(
  machine: Machine,
  of: Bound,
  { bytes, mayUnplugOnline }: { readonly bytes: number; readonly mayUnplugOnline: boolean },
): Outcome {
  const { device, bound } = of
  const { blockBytes } = machine.geometry
  const work: Unplugging = { ...of, left: bytes - (bytes % bound.unitBytes), isStopped: false }
  const order = mayUnplugOnline ? ORDER : ORDER.filter(({ kind }) => kind === 'offline')
  for (const { kind, full } of order) {
    for (const block of unitsOf(device, blockBytes).toReversed()) {
      if (work.left === 0) return 'done'
      const isFull = pluggedBytes(device, block) === blockBytes
      if (isFull !== full || kindInTurn(machine, device, block) !== kind) continue
      if (kind === 'offline') unplugOffline(machine, work, block)
      else unplugOnline(machine, work, block)
      if (work.isStopped) return 'short'
    }
  }
  return work.left === 0 || !mayUnplugOnline ? 'done' : 'short'
}

function unplugOffline(machine: Machine, work: Unplugging, block: Range): void {
  const { device } = work
  for (const part of pluggedParts(device, block).toReversed()) {
    if (work.left === 0) return
    const range = { start: Math.max(part.start, part.end - work.left), end: part.end }
    if (!isTaken(machine, work, range)) return
  }
  if (pluggedBytes(device, block) === 0) removeBlock(machine, block)
}

/** Removes a block of which nothing is plugged. Another part of the kernel may veto it; the block stays then, and all of it is withheld. */
function removeBlock(machine: Machine, block: Range): void {
  const range = asPhys(block)
  const remove =
    blockAt(machine, block)?.state === 'offline' ? removeMemory : offlineAndRemoveMemory
  refusalOf(() => remove(machine, { range }))
}

/** Blocks that are there although nothing of them is plugged, ascending. */
export const emptiedBlocks = (machine: Machine, { device }: Bound): readonly Range[] =>
  ownBlocks(machine, device).filter((block) => pluggedBytes(device, block) === 0)

/** Tries to remove them: those of movable zones first. Source: virtio_mem_cleanup_pending_mb, drivers/virtio/virtio_mem.c 6.6 */
export function removeEmptied(machine: Machine, of: Bound): void {
  for (const kind of ['movable', 'kernel', 'offline'] as const) {
    for (const block of emptiedBlocks(machine, of))
      if (blockKind(machine, of.device, block) === kind) removeBlock(machine, block)
  }
}

function unplugOnline(machine: Machine, work: Unplugging, block: Range): void {
  const { device } = work
  const whole = rangeSize(block)
  const isTakenWhole =
    work.left >= whole && pluggedBytes(device, block) === whole && takeRange(machine, work, block)
  if (work.isStopped) return
  if (!isTakenWhole) unplugOneByOne(machine, work, block)
  if (pluggedBytes(device, block) > 0 || work.isStopped) return
  removeBlock(machine, block)
}

function unplugOneByOne(machine: Machine, work: Unplugging, block: Range): void {
  const { device, bound } = work
  for (let end = block.end; end > block.start && work.left > 0; end -= bound.unitBytes) {
    const range = { start: end - bound.unitBytes, end }
    if (pluggedBytes(device, range) === 0) continue
    takeRange(machine, work, range)
    if (work.isStopped) return
  }
}

/** Takes a range of an online block from the allocator and unplugs it. @returns false where something in it does not move */
function takeRange(machine: Machine, work: Unplugging, range: Range): boolean {
  const refusal = takeFromAllocator(machine, work.device, range)
  if (refusal?.errno === 'ENOMEM') work.isStopped = true
  if (refusal !== undefined) return false
  if (isTaken(machine, work, range)) return true
  fakeOnline(machine, pagesOf(machine, range))
  return false
}

/** Whether the hypervisor takes a range that is not in use. */
function isTaken(machine: Machine, work: Unplugging, range: Range): boolean {
  const change = { range, to: 'unplugged' } as const
  if (refusalOf(() => askToPlug(machine, work.device, change)) === undefined) {
    work.left -= rangeSize(range)
    return true
  }
  work.isStopped = true
  return false
}

function takeFromAllocator(
  machine: Machine,
  device: VirtioMemDevice,
  range: Range,
): HotplugError | undefined {
  const tries =
    blockKind(machine, device, blockOf(machine, range)) === 'movable' ? TRIES_IN_MOVABLE : 1
  let refusal: HotplugError | undefined
  for (let i = 0; i < tries; i++) {
    refusal = refusalOf(() => {
      passPoint(machine, 'virtio-mem/take-range')
      fakeOffline(machine, pagesOf(machine, range))
    })
    if (refusal === undefined || refusal.errno === 'ENOMEM') break
  }
  return refusal
}

function blockOf({ geometry }: Machine, { start }: Range): Range {
  const at = start - (start % geometry.blockBytes)
  return { start: at, end: at + geometry.blockBytes }
}

/**
 * Unplugs whole big blocks: those of which all memory is offline first, then those of movable zones, then all, the highest
 * first. What of one is online is emptied before any of it goes offline.
 */
export function unplugBigBlocks(
  machine: Machine,
  { device, bound }: Bound,
  { bytes, mayUnplugOnline }: { readonly bytes: number; readonly mayUnplugOnline: boolean },
): Outcome {
  let left = Math.floor(bytes / bound.unitBytes)
  const passes: readonly (readonly BlockKind[])[] = mayUnplugOnline
    ? [['offline'], ['offline', 'movable'], ['offline', 'movable', 'kernel']]
    : [['offline']]
  for (const kinds of passes) {
    for (const big of unitsOf(device, bound.unitBytes).toReversed()) {
      if (left === 0) return 'done'
      if (!isAdded(machine, device, big)) continue
      const blocks = kindsIn(machine, device, big)
      if (!blocks.every((kind) => kinds.includes(kind))) continue
      const refusal = unplugBig(machine, device, big)
      if (refusal === undefined) left -= 1
      else if (refusal.errno !== 'EBUSY') return 'short'
    }
  }
  return left === 0 || !mayUnplugOnline ? 'done' : 'short'
}

const kindsIn = (machine: Machine, device: VirtioMemDevice, range: Range): readonly BlockKind[] =>
  blockRanges(machine, range).flatMap((block) => blockKind(machine, device, block) ?? [])

const blockRanges = (machine: Machine, range: Range): readonly Range[] =>
  blocksIn(machine, range).map((id) =>
    blockOf(machine, { start: id * machine.geometry.blockBytes, end: 0 }),
  )

/** @returns the refusal, after which all of it is as before */
function unplugBig(
  machine: Machine,
  device: VirtioMemDevice,
  big: Range,
): HotplugError | undefined {
  const online = blockRanges(machine, big).filter(
    (block) => blockAt(machine, block)?.state === 'online',
  )
  const refusal = refusalOf(() => {
    for (const block of online) {
      const refused = takeFromAllocator(machine, device, block)
      if (refused !== undefined) throw refused
    }
    offlineAndRemoveMemory(machine, { range: asPhys(big) })
  })
  if (refusal === undefined) setPlugged(machine, device, { range: big, to: 'unplugged' })
  else for (const block of online) giveBack(machine, block)
  return refusal
}

/** Blocks that came online again have nothing withheld. */
function giveBack(machine: Machine, block: Range): void {
  const { state, withheldPages = 0 } = blockAt(machine, block) ?? {}
  if (state === 'online' && withheldPages > 0) fakeOnline(machine, pagesOf(machine, block))
}
