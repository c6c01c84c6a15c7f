import type { Machine } from '@memhp/core'
import {
  type BlockOutlook,
  obstaclesOf,
  outlookOfBlock,
  outlooksOfDevices,
  type Prediction,
  REASONS,
} from '@memhp/planner'
import type { Topology } from '@memhp/topology'
import type { DeviceView, ObstacleView, OutlookRun, OutlookView } from '../protocol/machine-view'

/** Blocks above which not every one is asked before the machine is shown: that takes seconds then. */
const MOST_BLOCKS_TO_ASK = 4096

const whyOf = ({ reasons }: Prediction): string => reasons.map(({ message }) => message).join(' ')

type OpenRun = { -readonly [Key in keyof OutlookRun]: OutlookRun[Key] }

/** Every block, neighbours of which the same is expected for the same reason together; and those that stay. */
function askBlocks(
  topology: Topology,
  onBlock: () => void,
): { readonly runs: readonly OutlookRun[]; readonly held: readonly BlockOutlook[] } {
  const runs: OpenRun[] = []
  const held: BlockOutlook[] = []
  for (const block of topology.blocks) {
    const outlook = outlookOfBlock(topology, block)
    const { id, prediction } = outlook
    onBlock()
    if (prediction.outcome !== 'goes' && prediction.outcome !== 'already-offline')
      held.push(outlook)
    const why = whyOf(prediction)
    const last = runs.at(-1)
    if (last?.end === id && last.verdict === prediction.outcome && last.why === why)
      last.end = id + 1
    else runs.push({ start: id, end: id + 1, verdict: prediction.outcome, why })
  }
  return { runs, held }
}

const obstacleViews = (
  topology: Topology,
  held: readonly BlockOutlook[],
): readonly ObstacleView[] =>
  obstaclesOf(topology, held).map(({ kind, blocks, sizeBytes, evidence, remedies }) => ({
    what: REASONS[kind].title,
    sizeBytes,
    block: blocks[0] ?? 0,
    evidence,
    remedies,
  }))

const deviceViews = (topology: Topology): readonly DeviceView[] =>
  outlooksOfDevices(topology).map(({ name, blocks, sizeBytes, prediction }) => ({
    name,
    sizeBytes: sizeBytes > 0 ? sizeBytes : blocks.length * topology.blockBytes,
    verdict: prediction.outcome,
  }))

/** How many blocks a machine has. */
export function blockCount(machine: Machine): number {
  const { runs, separated } = machine.state.memory.blocks
  return runs.reduce((sum, { start, end }) => sum + end - start, separated.size)
}

/** What is called with the share of a work that is done, from 0 to 1. */
export type TellShare = (share: number) => void

/** Tells of whole percents only. */
function percents(total: number, tell: TellShare): () => void {
  let [done, told] = [0, 0]
  return () => {
    done += 1
    const percent = Math.floor((100 * done) / total)
    if (percent === told) return
    told = percent
    tell(percent / 100)
  }
}

/** What can go of a machine, block by block and device by device, however many blocks it has. */
export async function outlookView(
  machine: Machine,
  readTopology: (onBlock: () => void) => Promise<Topology>,
  tell: TellShare = () => {},
): Promise<OutlookView> {
  // Every block is read, and asked about.
  const onBlock = percents(2 * blockCount(machine), tell)
  const topology = await readTopology(onBlock)
  const { runs, held } = askBlocks(topology, onBlock)
  return { runs, devices: deviceViews(topology), obstacles: obstacleViews(topology, held) }
}

/** True for machines whose outlook is worked out as they are opened. */
export const isSoonAsked = (machine: Machine): boolean => blockCount(machine) <= MOST_BLOCKS_TO_ASK
