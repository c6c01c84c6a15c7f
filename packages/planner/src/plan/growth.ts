import { alignDown, GIB } from '@memhp/core'
import { formatExactSize, lastGiven } from '@memhp/kernel-files'
import type { Topology } from '@memhp/topology'
import type { Prediction } from '../predict/prediction'
import type { PlanWarning } from './plan'
import { type PlugRoom, plugRoomOf, plugRoomWith } from './plug-room'
import type { Resizable } from './resizable'

/** Where memory goes that a device adds, as far as that is known. */
type Joins = 'kernel' | 'movable' | 'offline' | 'unknown'

/** How a device grows. */
export interface Growth {
  /** Bytes that it is to have after each step, ascending: what has come online holds the struct pages of what comes next. */
  readonly sizes: readonly number[]
  readonly prediction: Prediction
  readonly warnings: readonly PlanWarning[]
}

/**
 * The zone that contig-zones has for a block: the one in whose span it lies alone, otherwise a kernel zone, unless movable_node is
 * given. Source: zone_for_pfn_range, mm/memory_hotplug.c, Linux 6.1.
 */
function contiguous({ zones, kernelParameters }: Topology, start: number, end: number): Joins {
  const spans = (isMovable: boolean): boolean =>
    zones.some(
      ({ name, span }) =>
        name !== 'Device' &&
        (name === 'Movable') === isMovable &&
        span !== null &&
        span.start < end &&
        start < span.end,
    )
  const [inKernel, inMovable] = [spans(false), spans(true)]
  if (inKernel !== inMovable) return inKernel ? 'kernel' : 'movable'
  return lastGiven(kernelParameters, 'movable_node') === undefined ? 'kernel' : 'movable'
}

/** Where the kernel brings online by itself what a device adds on its way to a size. */
function joins(topology: Topology, { range, blocks }: Resizable, toBytes: number): Joins {
  const { blockBytes, policy } = topology
  if (policy.autoOnlineBlocks === 'online_kernel') return 'kernel'
  if (policy.autoOnlineBlocks === 'online_movable') return 'movable'
  if (policy.autoOnlineBlocks !== 'online') return 'offline'
  if (policy.onlinePolicy === 'auto-movable') return 'unknown'
  const present = new Set(blocks.map(({ start }) => start as number))
  const found = new Set<Joins>()
  for (let at: number = range.start; at < range.start + toBytes; at += blockBytes)
    if (!present.has(at)) found.add(contiguous(topology, at, at + blockBytes))
  const [only = 'unknown', ...others] = found
  return others.length === 0 ? only : 'unknown'
}

/** Half of what a step might add is left to whatever else takes memory meanwhile, and to watermarks that rise. */
const CAREFUL = 1 / 2

/** Sizes on the way to another, of which each leaves room for the struct pages of the next; undefined where the first finds none. */
function sizesOf(
  topology: Topology,
  room: PlugRoom,
  { fromBytes, toBytes }: { readonly fromBytes: number; readonly toBytes: number },
): readonly number[] | undefined {
  const { blockBytes } = topology
  const sizes: number[] = []
  let [size, free] = [fromBytes, room.freeBytes]
  while (size < toBytes) {
    const { largestBytes, costPerByte } = plugRoomWith(free, topology)
    const most = largestBytes * CAREFUL
    const next = Math.min(toBytes, alignDown(size + most, most < GIB ? blockBytes : GIB))
    if (next <= size) return undefined
    sizes.push(next)
    free += (next - size) * (CAREFUL - costPerByte)
    size = next
  }
  return sizes
}

const WHY_AT_ONCE: Readonly<Record<Exclude<Joins, 'kernel' | 'unknown'>, string>> = {
  movable:
    'what is added comes online in Movable, where no struct pages lie, so that smaller steps do not help',
  offline:
    'what is added stays offline (auto_online_blocks), so that smaller steps do not help before it is brought online in a kernel zone',
}

/**
 * How a device grows, at once where its struct pages find room, otherwise in steps where what each adds is brought online in a
 * kernel zone.
 */
export function growthOf(topology: Topology, device: Resizable, toBytes: number): Growth {
  const fromBytes = device.pluggedBytes
  const bytes = toBytes - fromBytes
  const room = plugRoomOf(topology)
  const atOnce = { sizes: [toBytes], warnings: [] }
  const goes = (confidence: Prediction['confidence']): Prediction => ({
    outcome: 'goes',
    confidence,
    reasons: [],
  })
  if (room === undefined) return { ...atOnce, prediction: goes('uncertain') }
  if (bytes <= room.largestBytes) return { ...atOnce, prediction: goes('likely') }
  const where = joins(topology, device, toBytes)
  const isFed = where === 'kernel' || where === 'unknown'
  const sizes = isFed ? sizesOf(topology, room, { fromBytes, toBytes }) : undefined
  const most = `Struct pages of ${formatExactSize(bytes)} take more than is free in kernel zones: at most ${formatExactSize(room.largestBytes)} can be added at once`
  if (sizes === undefined) {
    const message = isFed ? `${most}.` : `${most}; ${WHY_AT_ONCE[where]}.`
    const prediction: Prediction = {
      outcome: 'refuses',
      confidence: 'likely',
      reasons: [{ kind: 'no-memmap-room', message }],
    }
    return { ...atOnce, prediction }
  }
  const message = `${most}. ${device.name} grows in ${sizes.length} steps: what one adds comes online and holds the struct pages of the next, which is asked for only while they find room. What comes online in a kernel zone may not go again.`
  return {
    sizes,
    prediction: goes(where === 'kernel' ? 'likely' : 'uncertain'),
    warnings: [{ kind: 'in-steps', message }],
  }
}
