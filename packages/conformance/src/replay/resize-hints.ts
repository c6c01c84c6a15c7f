import {
  type BlockId,
  expireTimers,
  type Machine,
  type Pfn,
  pfn,
  type ResizableDevice,
  removeUnmovablePage,
  resizableDevices,
  restoreSnapshot,
  settle,
  takeSnapshot,
  timersOf,
} from '@memhp/core'
import {
  blockIdsOfRange,
  blockRange,
  findBlock,
  firstObstacle,
  isMovableZone,
  zoneOf,
} from '@memhp/core/inspect'
import { type Answer, answerOperation, type Session, type TraceStep } from '@memhp/trace'
import { blocksTold, type Hints, placeSomewhere } from './hints'

/** How often a step is tried before pages are placed no more. */
const MOST_TRIALS = 8

/** A step that was carried out. */
export interface Answered {
  readonly answer: Answer
  /** How many pages were placed before. */
  readonly placed: number
}

/**
 * Carries a step out. Makes up for where the real kernel had its own unmovable pages in memory that a device of changing size was
 * to give back: where the model gives back more than the kernel did, the step is undone, and a page is placed in what stayed.
 * Where the kernel gave back more than it had before, pages that were placed go. What shows that the driver tried again lets its
 * timers run out: before the step, or after it where that makes the difference.
 */
export function answerResized(session: Session, hints: Hints, step: TraceStep): Answered {
  const { machine } = session
  const act = (): Answer => answerOperation(session, step.op)
  if (step.result.virtio === undefined || !mayShrink(machine, step))
    return { answer: act(), placed: 0 }
  const retried = retriedDevices(machine, step)
  const actRetried = (): Answer => {
    letRetry(machine, retried)
    return act()
  }
  const actThenRetry = (): Answer => {
    const answer = act()
    letRetry(machine, retried)
    settle(machine)
    return answer
  }
  let placed = 0
  for (let trial = 0; trial < MOST_TRIALS; trial++) {
    const tried = tryStep(session, step, actRetried)
    if (tried.stuck.length === 0) return { answer: tried.answer, placed }
    if (retried.length > 0) {
      const later = tryStep(session, step, actThenRetry)
      if (later.stuck.length === 0) return { answer: later.answer, placed }
    }
    const moved = tried.stuck.map((each) => settleDevice(machine, hints, each))
    placed += moved.reduce((sum, count) => sum + Math.max(0, count), 0)
    if (moved.every((count) => count === 0)) break
  }
  return { answer: actRetried(), placed }
}

/** Carries a step out in a way, and undoes it where a device gave back otherwise than the kernel's. */
function tryStep(
  session: Session,
  step: TraceStep,
  way: () => Answer,
): { readonly answer: Answer; readonly stuck: readonly Stuck[] } {
  const { machine } = session
  const snapshot = takeSnapshot(machine)
  const memory = [...session.memory]
  const stuckIn = watchDevices(machine, step)
  const answer = way()
  const stuck = stuckIn()
  if (stuck.length > 0) {
    restoreSnapshot(machine, snapshot)
    session.memory.clear()
    for (const [name, taken] of memory) session.memory.set(name, taken)
  }
  return { answer, stuck }
}

const deviceOf = (machine: Machine, id: string): ResizableDevice | undefined =>
  resizableDevices(machine).find((device) => device.id === id)

function mayShrink(machine: Machine, step: TraceStep): boolean {
  const { op, result } = step
  const isAsked =
    op.op === 'request' &&
    result.error === undefined &&
    op.kib * 1024 < (deviceOf(machine, op.id)?.sizeBytes ?? 0)
  return isAsked || (result.virtio ?? []).some(([id, , bytes]) => shrinks(machine, step, id, bytes))
}

/** Whether the kernel gave back memory of a device, or removed blocks of it. */
function shrinks(machine: Machine, step: TraceStep, id: string, bytes: number): boolean {
  const device = deviceOf(machine, id)
  if (device === undefined) return false
  const removed = new Set(blocksTold(step, 'remove'))
  const ids = removed.size === 0 ? [] : blockIdsOfRange(machine, rangeOf(device))
  return bytes < device.sizeBytes || ids.some((block) => removed.has(block))
}

/** Devices that shrink although the step does not ask it of them. The kernel is not told of a size that it was asked for before. */
function retriedDevices(machine: Machine, step: TraceStep): readonly string[] {
  const { op, result } = step
  return (result.virtio ?? []).flatMap(([id, , bytes]) => {
    const isAsked =
      op.op === 'request' && op.id === id && op.kib * 1024 !== deviceOf(machine, id)?.requestedBytes
    return isAsked || !shrinks(machine, step, id, bytes) ? [] : [id]
  })
}

/** Lets the timers of devices run out. */
function letRetry(machine: Machine, ids: readonly string[]): void {
  const timers = timersOf(machine).filter(({ deviceId }) => ids.includes(deviceId))
  const names = timers.map(({ name }) => name)
  if (names.length > 0) expireTimers(machine, names)
}

/** What of a device the model gave back otherwise than the kernel. */
interface Stuck {
  readonly id: string
  /** Units that the kernel kept, and the model did not; negative: the other way round. */
  readonly units: number
  /** Blocks that the kernel kept, and the model removed. */
  readonly kept: readonly BlockId[]
  /** Blocks that the kernel removed: nothing in them stayed. */
  readonly removed: ReadonlySet<BlockId>
}

/** Notes which blocks devices have before a step. @returns what tells, after it, of the devices that differ */
function watchDevices(machine: Machine, step: TraceStep): () => readonly Stuck[] {
  const removed = new Set(blocksTold(step, 'remove'))
  const blocksOf = (device: ResizableDevice): readonly BlockId[] =>
    blockIdsOfRange(machine, rangeOf(device)).filter((id) => findBlock(machine, id) !== undefined)
  const before = new Map(resizableDevices(machine).map((device) => [device.id, blocksOf(device)]))
  return () =>
    (step.result.virtio ?? []).flatMap(([id, , bytes]) => {
      const device = deviceOf(machine, id)
      if (device === undefined || device.unitBytes === null) return []
      const kept = (before.get(id) ?? []).filter(
        (block) => !removed.has(block) && findBlock(machine, block) === undefined,
      )
      const units = (bytes - device.sizeBytes) / device.unitBytes
      return units === 0 && kept.length === 0 ? [] : [{ id, units, kept, removed }]
    })
}

const rangeOf = ({ address, maxBytes }: ResizableDevice) => ({
  start: address,
  end: address + maxBytes,
})

/** Places pages, or takes some that were placed. @returns how many, negative where they were taken */
function settleDevice(machine: Machine, hints: Hints, { id, units, kept, removed }: Stuck): number {
  const device = deviceOf(machine, id)
  if (device === undefined) return 0
  const all = blockIdsOfRange(machine, rangeOf(device))
  const gone = all.filter((block) => removed.has(block) && hints.has(block))
  if (gone.length > 0) return -dropPages(hints, gone, { machine, count: Number.POSITIVE_INFINITY })
  const ids = all.filter((block) => !removed.has(block))
  if (units < 0) return -dropPages(hints, ids, { machine, count: -units })
  let placed = 0
  for (const block of kept) placed += placePages(machine, hints, { device, block, count: 1 })
  if (kept.length > 0) return placed
  for (const block of ids) {
    if (placed >= units) break
    placed += placePages(machine, hints, { device, block, count: units - placed })
  }
  return placed
}

/** Places pages in the lowest units of a block that have none that cannot move. @returns how many */
function placePages(
  machine: Machine,
  hints: Hints,
  {
    device,
    block,
    count,
  }: { readonly device: ResizableDevice; readonly block: BlockId; readonly count: number },
): number {
  const found = findBlock(machine, block)
  if (found?.state !== 'online' || found.zone === null) return 0
  if (isMovableZone(zoneOf(machine, found.zone))) return 0
  const { start, end } = blockRange(machine, block)
  const size = Math.min((device.unitBytes ?? 0) / machine.geometry.pageBytes, end - start)
  let placed = 0
  for (let at: number = start; at < end && placed < count; at += size) {
    const range = { start: pfn(at), end: pfn(at + size) }
    if (firstObstacle(machine, range) !== undefined) continue
    const page = placeSomewhere(machine, range)
    if (page === null) continue
    hints.set(block, [...(hints.get(block) ?? []), page])
    placed += 1
  }
  return placed
}

function dropPages(
  hints: Hints,
  ids: readonly BlockId[],
  { machine, count }: { readonly machine: Machine; readonly count: number },
): number {
  let dropped = 0
  for (const id of ids) {
    const pages: Pfn[] = [...(hints.get(id) ?? [])]
    while (pages.length > 0 && dropped < count) {
      const page = pages.pop()
      if (page !== undefined) removeUnmovablePage(machine, page)
      dropped += 1
    }
    if (pages.length === 0) hints.delete(id)
    else hints.set(id, pages)
  }
  return dropped
}
