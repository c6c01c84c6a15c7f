import {
  type BlockId,
  blockId,
  type Machine,
  type Pfn,
  placeUnmovablePage,
  removeUnmovablePage,
} from '@memhp/core'
import {
  blockIdsOfRange,
  blockRange,
  findBlock,
  firstObstacle,
  isMovableZone,
  zoneOf,
} from '@memhp/core/inspect'
import type { TraceStep } from '@memhp/trace'

/** Unmovable pages that the replayer put where the recording shows that the real kernel had one, by block. */
export type Hints = Map<BlockId, Pfn>

const BLOCK_PATH = /\/memory(\d+)\/(?:state|online)$/
const OFFLINE_EVENT = /^offline \S*\/memory(\d+) memory$/

const blocksGoingOffline = (step: TraceStep): BlockId[] =>
  step.uevents.flatMap((uevent) => {
    const digits = OFFLINE_EVENT.exec(uevent)?.[1]
    return digits === undefined ? [] : [blockId(Number(digits))]
  })

/**
 * Makes up for the one thing a model cannot know: where the real kernel put its own unmovable pages. A block of a
 * kernel zone that the recording refuses to take offline gets one such page; a block that it takes offline loses it.
 * @returns how many pages were placed before this step
 */
export function applyHints(machine: Machine, hints: Hints, step: TraceStep): number {
  const leaving = blocksGoingOffline(step)
  for (const id of leaving) {
    const page = hints.get(id)
    if (page === undefined) continue
    removeUnmovablePage(machine, page)
    hints.delete(id)
  }
  let placed = 0
  for (const id of refusedBlocks(machine, step, leaving)) {
    const block = findBlock(machine, id)
    const inKernelZone =
      block?.state === 'online' &&
      block.zone !== null &&
      !isMovableZone(zoneOf(machine, block.zone))
    if (!inKernelZone || firstObstacle(machine, blockRange(machine, id)) !== undefined) continue
    const page = placeUnmovablePage(machine, { range: blockRange(machine, id) })
    if (page === null) continue
    hints.set(id, page)
    placed += 1
  }
  return placed
}

/** Blocks that the recorded step tried to take offline in vain, with EBUSY. */
function refusedBlocks(machine: Machine, step: TraceStep, leaving: readonly BlockId[]): BlockId[] {
  const { op, result } = step
  const injected = machine.state.memory.injectedNotifierErrors.get('MEM_GOING_OFFLINE')
  if (op.op === 'write') {
    const digits = BLOCK_PATH.exec(op.path)?.[1]
    // A notifier that fails so explains the refusal without any page; another errno would be its own.
    const isByPage = result.errno === 'EBUSY' && injected !== 'EBUSY'
    if (digits !== undefined) return isByPage ? [blockId(Number(digits))] : []
  }
  // An eject reports busy whatever the reason.
  if (injected !== undefined) return []
  const busy = step.qmp.filter(
    ({ event, data }) => event === 'ACPI_DEVICE_OST' && statusOf(data) === 130,
  )
  return busy
    .flatMap(({ data }) => blocksOfPlugged(machine, String(infoOf(data).device)))
    .filter((id) => !leaving.includes(id))
}

const infoOf = (data: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  (typeof data.info === 'object' && data.info !== null ? data.info : data) as Record<
    string,
    unknown
  >

const statusOf = (data: Readonly<Record<string, unknown>>): unknown => infoOf(data).status

function blocksOfPlugged(machine: Machine, id: string): BlockId[] {
  const device = machine.drivers
    .flatMap((driver) => driver.platform.plugged(machine))
    .find((plugged) => plugged.id === id)
  if (device === undefined) return []
  const { address, sizeBytes } = device
  return blockIdsOfRange(machine, { start: address, end: address + sizeBytes })
}
