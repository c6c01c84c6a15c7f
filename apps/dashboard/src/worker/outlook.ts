import type { Machine } from '@memhp/core'
import { type Outlook, outlookOf, type Prediction } from '@memhp/planner'
import type { Topology } from '@memhp/topology'
import type { DeviceView, OutlookRun, Verdict } from '../protocol/machine-view'

/** Blocks above which not every one is asked by itself: reading their files takes seconds then. */
const MOST_BLOCKS_TO_ASK = 4096

const whyOf = ({ reasons }: Prediction): string => reasons.map(({ message }) => message).join(' ')

function joinRuns(runs: readonly OutlookRun[]): readonly OutlookRun[] {
  const joined: { start: number; end: number; verdict: Verdict; why: string }[] = []
  for (const run of runs) {
    const last = joined.at(-1)
    if (last?.end === run.start && last.verdict === run.verdict && last.why === run.why)
      last.end = run.end
    else joined.push({ ...run })
  }
  return joined
}

const outlookRuns = ({ blocks }: Outlook): readonly OutlookRun[] =>
  joinRuns(
    blocks.map(({ id, prediction }) => ({
      start: id,
      end: id + 1,
      verdict: prediction.outcome,
      why: whyOf(prediction),
    })),
  )

function deviceViews(topology: Topology, outlook: Outlook): readonly DeviceView[] {
  return outlook.devices.map(({ name, blocks, sizeBytes, prediction }) => ({
    name,
    sizeBytes: sizeBytes > 0 ? sizeBytes : blocks.length * topology.blockBytes,
    verdict: prediction.outcome,
  }))
}

/** How many blocks a machine has. */
export function blockCount(machine: Machine): number {
  const { runs, separated } = machine.state.memory.blocks
  return runs.reduce((sum, { start, end }) => sum + end - start, separated.size)
}

/** What can go of a machine, block by block and device by device; nothing where it has too many blocks to be asked. */
export async function outlookViews(
  machine: Machine,
  readTopology: () => Promise<Topology>,
): Promise<{ readonly outlook: readonly OutlookRun[]; readonly devices: readonly DeviceView[] }> {
  if (blockCount(machine) > MOST_BLOCKS_TO_ASK) return { outlook: [], devices: [] }
  const topology = await readTopology()
  const outlook = outlookOf(topology)
  return { outlook: outlookRuns(outlook), devices: deviceViews(topology, outlook) }
}
