import {
  type BlockId,
  blockId,
  type Machine,
  type Pfn,
  type PfnRange,
  pfn,
  placeUnmovablePage,
  pluggedDevices,
  refusalOf,
  removeUnmovablePage,
} from '@memhp/core'
import {
  blockIdsOfRange,
  blockRange,
  findBlock,
  firstObstacle,
  isMovableZone,
  keptByNotifier,
  zoneOf,
} from '@memhp/core/inspect'
import { fakeOffline, fakeOnline } from '@memhp/core/plugin'
import type { Difference, TraceStep } from '@memhp/trace'

/** Unmovable pages that the replayer put where the recording shows that the real kernel had one, by block. */
export type Hints = Map<BlockId, readonly Pfn[]>

const REMOVABLE = /\/memory(\d+)\/removable$/

/**
 * The same, from what the kernel says of blocks that are online: `removable` reads 0 where it has such a page. Kernels since
 * 5.8 do not say it.
 * @param real what the kernel's `removable` files read that changed in this step
 * @returns how many pages were placed
 */
export function applyRemovable(
  machine: Machine,
  hints: Hints,
  real: Readonly<Record<string, string>>,
): number {
  if (machine.generation.rules.sysfs.removable === 'always') return 0
  let placed = 0
  for (const [key, text] of Object.entries(real)) {
    const digits = REMOVABLE.exec(key)?.[1]
    if (digits === undefined) continue
    const id = blockId(Number(digits))
    if (text === '0') placed += placeHint(machine, hints, id)
    else dropHint(machine, hints, id)
  }
  return placed
}

/**
 * A block that the kernel calls removable, and the model does not: the model gave memory to its kernel (struct pages,
 * page_cgroup tables) that the real one took from a chunk which it had claimed before.
 */
export const misplacesKernelMemory = ({ what, real, model }: Difference): boolean =>
  REMOVABLE.test(what) && real === '1' && model === '0'

/** Whether a line of a flat view says of a block that it cannot go. */
export const saysUnremovable = (key: string, text: string): boolean =>
  text === '0' && REMOVABLE.test(key)

/** Of the blocks that keys of a flat view name, those that are not of the boot. One that the model lacks may come. */
function* blocksOfDevices(machine: Machine, keys: Iterable<string>): Generator<BlockId, void> {
  for (const key of keys) {
    const digits = REMOVABLE.exec(key)?.[1]
    if (digits === undefined) continue
    const id = blockId(Number(digits))
    if (findBlock(machine, id)?.early !== true) yield id
  }
}

/** Keys of the blocks of which some lines say that they cannot go. */
function* unremovableKeys(
  lines: Iterable<readonly [key: string, text: string]>,
): Generator<string, void> {
  for (const [key, text] of lines) if (saysUnremovable(key, text)) yield key
}

/**
 * Whether a step may show that the kernel had such a chunk: it adds memory or brings some online, for which the kernel takes
 * memory, and there is a block to give one in.
 * @param unremovable keys of the blocks of which the kernel said before the step that they cannot go
 */
export function mayGiveChunk(
  machine: Machine,
  { op, set }: TraceStep,
  unremovable: Iterable<string>,
): boolean {
  const takes =
    op.op === 'plug' ||
    (op.op === 'write' && !op.path.endsWith('/eject') && !op.value.startsWith('of'))
  if (!takes) return false
  return [unremovable, unremovableKeys(Object.entries(set))].some(
    (keys) => blocksOfDevices(machine, keys).next().done !== true,
  )
}

/**
 * The first block to give such a chunk in: one of which the recording says that it cannot go.
 * @param real the kernel's flat view after the step
 * @param give gives it; false where the block has none
 */
export function blockForChunk(
  machine: Machine,
  real: ReadonlyMap<string, string>,
  give: (id: BlockId) => boolean,
): BlockId | undefined {
  for (const id of blocksOfDevices(machine, unremovableKeys(real))) {
    if (findBlock(machine, id) !== undefined && give(id)) return id
  }
  return undefined
}

const BLOCK_PATH = /\/memory(\d+)\/(?:state|online)$/
const BLOCK_EVENT = /^(add|offline|remove) \S*\/memory(\d+) memory$/

/** Blocks of which a recorded step has such a uevent. */
export const blocksTold = (
  { uevents }: TraceStep,
  action: 'add' | 'offline' | 'remove',
): BlockId[] =>
  uevents.flatMap((uevent) => {
    const [, told, digits] = BLOCK_EVENT.exec(uevent) ?? []
    return told === action ? [blockId(Number(digits))] : []
  })

/** Blocks that a recorded step took offline. */
export const blocksGoingOffline = (step: TraceStep): BlockId[] => blocksTold(step, 'offline')

/** The block whose state a recorded step wrote; none where it did something else. */
function blocksWritten({ op }: TraceStep): BlockId[] {
  const digits = op.op === 'write' ? BLOCK_PATH.exec(op.path)?.[1] : undefined
  return digits === undefined ? [] : [blockId(Number(digits))]
}

/**
 * Makes up for the one thing a model cannot know: where the real kernel put its own unmovable pages. A block of a
 * kernel zone that the recording refuses to take offline gets one such page; a block whose way offline was interrupted since nothing moved any
 * more gets one that is pinned; a block that the recording takes offline loses it, as one does that only a notifier kept.
 * @returns how many pages were placed before this step
 */
export function applyHints(machine: Machine, hints: Hints, step: TraceStep): number {
  const leaving = blocksGoingOffline(step)
  for (const id of [...leaving, ...vetoedBlocks(machine, step)]) dropHint(machine, hints, id)
  const refused = refusedBlocks(machine, step, leaving).map((id) => placeHint(machine, hints, id))
  const stalled = stalledBlocks(step).map((id) => placeHint(machine, hints, id, 'pinned'))
  return [...refused, ...stalled].reduce((sum: number, placed) => sum + placed, 0)
}

function dropHint(machine: Machine, hints: Hints, id: BlockId): void {
  for (const page of hints.get(id) ?? []) removeUnmovablePage(machine, page)
  hints.delete(id)
}

/** Places a page in a block of a kernel zone that has none. @returns how many were placed */
function placeHint(
  machine: Machine,
  hints: Hints,
  id: BlockId,
  as: 'kernel' | 'pinned' = 'kernel',
): 0 | 1 {
  const block = findBlock(machine, id)
  const inKernelZone =
    block?.state === 'online' &&
    (block.zone === null || !isMovableZone(zoneOf(machine, block.zone)))
  if (!inKernelZone || firstObstacle(machine, blockRange(machine, id)) !== undefined) return 0
  const range = blockRange(machine, id)
  const page = placeSomewhere(machine, range, as)
  if (page === null) return 0
  hints.set(id, [page])
  return 1
}

/** Places a page in a range. Where that is full, what is in one of its pageblocks moves away first. @returns null where nothing can */
export function placeSomewhere(
  machine: Machine,
  { start, end }: PfnRange,
  as: 'kernel' | 'pinned' = 'kernel',
): Pfn | null {
  const placed = placeUnmovablePage(machine, { range: { start, end }, as })
  if (placed !== null) return placed
  const { pageblockPages } = machine.geometry
  for (let at: number = start; at < end; at += pageblockPages) {
    const range = { start: pfn(at), end: pfn(at + pageblockPages) }
    if (refusalOf(() => fakeOffline(machine, range)) !== undefined) continue
    fakeOnline(machine, range)
    return placeUnmovablePage(machine, { range, as })
  }
  return null
}

/** Blocks whose way offline the recorded step interrupted. */
const stalledBlocks = (step: TraceStep): BlockId[] =>
  step.result.errno === 'EINTR' ? blocksWritten(step) : []

/** Blocks that a failing notifier kept, which is asked once the block is isolated: no page of the kernel was in it. */
export function vetoedBlocks(machine: Machine, step: TraceStep): BlockId[] {
  const injected = machine.state.memory.injectedNotifierErrors.get('MEM_GOING_OFFLINE')
  const isVetoed = injected !== undefined && injected !== 'EBUSY' && step.result.errno === injected
  return isVetoed ? blocksWritten(step) : []
}

/** Blocks that the recorded step tried to take offline in vain, with EBUSY. */
function refusedBlocks(machine: Machine, step: TraceStep, leaving: readonly BlockId[]): BlockId[] {
  const injected = machine.state.memory.injectedNotifierErrors.get('MEM_GOING_OFFLINE')
  const written = blocksWritten(step)
  // A notifier that fails so explains the refusal without any page; another errno would be its own.
  const isByPage = step.result.errno === 'EBUSY' && injected !== 'EBUSY'
  if (written.length > 0) return isByPage ? written : []
  // An eject reports busy whatever the reason.
  if (injected !== undefined) return []
  const told = step.qmp.filter(({ event }) => event === 'ACPI_DEVICE_OST')
  if (told.length === 0) return refusedUntold(machine, step, leaving)
  return told
    .filter(({ data }) => statusOf(data) === 130)
    .flatMap(({ data }) => refusableBlocks(machine, String(infoOf(data).device)))
    .filter((id) => !leaving.includes(id))
}

/**
 * The same where firmware says nothing of a refusal, as on POWER: the device is still there, and its blocks were tried in order
 * up to the first that refused.
 */
function refusedUntold(
  machine: Machine,
  { op, result }: TraceStep,
  leaving: readonly BlockId[],
): BlockId[] {
  if (op.op !== 'unplug' || result.error !== undefined) return []
  if (result.devices?.some(([id]) => id === op.id) !== true) return []
  return refusableBlocks(machine, op.id)
    .filter((id) => !leaving.includes(id))
    .slice(0, 1)
}

const infoOf = (data: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  (typeof data.info === 'object' && data.info !== null ? data.info : data) as Record<
    string,
    unknown
  >

const statusOf = (data: Readonly<Record<string, unknown>>): unknown => infoOf(data).status

/** Blocks of a device that a page may have kept: none where a notifier keeps one, which explains the refusal. */
function refusableBlocks(machine: Machine, id: string): BlockId[] {
  const device = pluggedDevices(machine).find((plugged) => plugged.id === id)
  if (device === undefined) return []
  const { address, sizeBytes } = device
  const ids = blockIdsOfRange(machine, { start: address, end: address + sizeBytes })
  return ids.some((block) => keptByNotifier(machine, block)) ? [] : ids
}
