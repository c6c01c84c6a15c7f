import { type BlockId, HotplugError } from '@memhp/core'
import { formatExactSize } from '@memhp/kernel-files'
import type { BlockInfo, Topology } from '@memhp/topology'
import type { ResizeGoal } from '../goal/goal'
import { predictTarget, type TargetForecast } from '../predict/predict-target'
import { isGood, type Prediction } from '../predict/prediction'
import { growthOf } from './growth'
import { PLAN_VERSION, type Plan, type PlanWarning, type ResizeStep } from './plan'
import { plannedBlock } from './planned-block'
import { type Resizable, requestFile, resizableCalled } from './resizable'

/** What the driver gives back first. Source: virtio_mem_sbm_unplug_request, drivers/virtio/virtio_mem.c, Linux 5.16 and later. */
function rankOf(block: BlockInfo, { pageBytes }: Topology): number {
  const isPart = (block.contents?.counts.withheld ?? 0) * pageBytes > 0
  const isMovable = block.zones.kind === 'in' && block.zones.name === 'Movable'
  if (block.state === 'offline') return isPart ? 0 : 1
  if (isPart) return isMovable ? 2 : 3
  return isMovable ? 4 : 5
}

const pluggedOf = ({ contents, start, end }: BlockInfo, { pageBytes }: Topology): number =>
  end - start - (contents?.counts.withheld ?? 0) * pageBytes

/** Blocks that are expected to give the bytes back, in the order of the driver, and what lacks. */
function chosenFor(
  topology: Topology,
  { blocks }: Resizable,
  bytes: number,
): { readonly chosen: readonly BlockInfo[]; readonly lacks: number } {
  const ordered = blocks.toSorted(
    (a, b) => rankOf(a, topology) - rankOf(b, topology) || b.id - a.id,
  )
  const forecasts = predictTarget(topology, ordered).blocks
  // What is withheld is the driver's own, and in its way no longer.
  const stays = (block: BlockInfo, prediction: Prediction): boolean =>
    !isGood(prediction) && !(prediction.reasons[0]?.kind === 'withheld' && block.state === 'online')
  const chosen: BlockInfo[] = []
  let lacks = bytes
  for (const { block, prediction } of forecasts) {
    if (lacks <= 0) break
    if (prediction.outcome === 'stalls') continue
    if (stays(block, prediction) && prediction.confidence !== 'uncertain') continue
    chosen.push(block)
    lacks -= pluggedOf(block, topology)
  }
  return { chosen, lacks: Math.max(0, lacks) }
}

function onlineOf({ blocks }: Resizable): ResizeStep['online'] {
  const byZone = new Map<string, BlockId[]>()
  for (const { id, state, zones } of blocks) {
    if (state !== 'online' || zones.kind !== 'in') continue
    const others = byZone.get(zones.name)
    if (others === undefined) byZone.set(zones.name, [id])
    else others.push(id)
  }
  return [...byZone].map(([zone, ids]) => ({ zone, blocks: ids }))
}

function shrinkPrediction(
  forecast: TargetForecast,
  { lacks, name }: { readonly lacks: number; readonly name: string },
): Prediction {
  if (lacks === 0) return forecast.prediction
  const message = `Up to ${formatExactSize(lacks)} of what ${name} is to give back is expected to stay.`
  const short = forecast.blocks.length === 0 ? undefined : forecast.prediction.reasons[0]
  return {
    outcome: 'refuses',
    confidence: 'likely',
    reasons: [{ kind: short?.kind ?? 'kernel-memory', message }],
  }
}

const chosenByGuest = ({ name }: Resizable): PlanWarning => ({
  kind: 'chosen-by-the-guest',
  message: `The guest’s kernel chooses what ${name} gives back: the blocks that are listed are those that it is expected to take.`,
})

const staysOffline = ({ policy }: Topology): readonly PlanWarning[] =>
  policy.autoOnlineBlocks === 'offline'
    ? [
        {
          kind: 'stays-offline',
          message:
            'auto_online_blocks reads offline: what is added stays so until a udev rule or somewhat else brings it online (memhp doctor).',
        },
      ]
    : []

/** The steps that give a device one size after the other. What was asked for before the first only its hypervisor knows. */
function stepsTo(device: Resizable, sizes: readonly number[]): readonly ResizeStep[] {
  const { name, range, pluggedBytes } = device
  const path = requestFile(name)
  const online = onlineOf(device)
  return sizes.map((toBytes, index) => {
    const fromBytes = sizes[index - 1] ?? pluggedBytes
    const undo = index === 0 ? null : { path, text: `${fromBytes}` }
    return {
      kind: 'resize',
      name,
      path,
      text: `${toBytes}`,
      range,
      fromBytes,
      toBytes,
      online,
      undo,
    }
  })
}

/**
 * Plans another size of a device whose memory grows and shrinks. Its hypervisor is asked; which blocks then go the guest decides. It
 * grows in steps where the struct pages of all that is added find no room at once.
 * @throws HotplugError NO_SUCH_DEVICE, IMPOSSIBLE_GOAL for more than its region has room for, BAD_ARGUMENT where nothing changes
 */
export function planResize(topology: Topology, goal: ResizeGoal): Plan {
  const device = resizableCalled(topology, goal.device)
  const { name, range, pluggedBytes: fromBytes } = device
  const toBytes = goal.sizeBytes
  const most = range.end - range.start
  if (toBytes > most)
    throw new HotplugError(
      'IMPOSSIBLE_GOAL',
      'EINVAL',
      `${name} has room for ${formatExactSize(most)}, which is less than ${formatExactSize(toBytes)}.`,
      { detail: { device: name, mostBytes: most } },
    )
  if (toBytes === fromBytes)
    throw new HotplugError(
      'BAD_ARGUMENT',
      'EINVAL',
      `${name} has ${formatExactSize(toBytes)} already.`,
    )
  const { chosen, lacks } = chosenFor(topology, device, Math.max(0, fromBytes - toBytes))
  const forecast = predictTarget(topology, chosen)
  const growth = toBytes > fromBytes ? growthOf(topology, device, toBytes) : undefined
  return {
    version: PLAN_VERSION,
    goal,
    blockBytes: topology.blockBytes,
    pageBytes: topology.pageBytes,
    blocks: forecast.blocks.map(plannedBlock),
    devices: [],
    steps: stepsTo(device, growth?.sizes ?? [toBytes]),
    pointOfNoReturn: 0,
    sizeBytes: Math.abs(toBytes - fromBytes),
    headRoom: forecast.headRoom,
    prediction: growth?.prediction ?? shrinkPrediction(forecast, { lacks, name }),
    expected: { offlineBlocks: [], goneBlocks: [], goneRanges: [], goneNodes: [] },
    warnings:
      growth === undefined
        ? [chosenByGuest(device)]
        : [...staysOffline(topology), ...growth.warnings],
  }
}
