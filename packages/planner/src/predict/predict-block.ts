import { type BlockInfo, driverManagedMemory, type Topology } from '@memhp/topology'
import { calledUnremovable, countedRefusal, lowestMemory, provenRefusal } from './evidence'
import { keptByGiganticPage } from './gigantic-pages'
import { type Holdings, zoneOfBlock } from './holdings'
import { keptByArch } from './kept-by-arch'
import { pageblocksText } from './pageblocks'
import type { Prediction } from './prediction'
import { setAsideIn } from './set-aside'

const goes = (confidence: Prediction['confidence']): Prediction => ({
  outcome: 'goes',
  confidence,
  reasons: [],
})

/**
 * Share of a zone's pages in use from which its blocks are expected to hold kernel memory. In recorded runs of Linux 6.1
 * below it 142 of 155 hot-added blocks of kernel zones went offline, from it on 5 of 20 (tests/calibration.test.ts).
 */
const BUSY_SHARE = 0.2

/** Share of a zone's pages in use; undefined where the tree does not say. */
function usedShare(topology: Topology, block: BlockInfo): number | undefined {
  const zone = zoneOfBlock(topology, block)
  if (zone === undefined || zone.freePages === null || zone.managedPages === 0) return undefined
  return 1 - Math.min(1, zone.freePages / zone.managedPages)
}

/** Guess about a block of a kernel zone whose pages were not counted. */
function guessKernelZone(topology: Topology, block: BlockInfo): Prediction {
  // Where firmware lists memory devices, what belongs to none was there at boot: the kernel spreads over it.
  const isBootMemory =
    topology.devices.length > 0 &&
    block.device === null &&
    driverManagedMemory(topology, block) === undefined
  const isBusy = (usedShare(topology, block) ?? 1) >= BUSY_SHARE
  if (!isBootMemory && !isBusy) return goes('uncertain')
  const name = block.zones.kind === 'in' ? block.zones.name : 'a kernel zone'
  const types = pageblocksText(topology, block)
  const message = `memory${block.id} is in ${name}, and what it holds there was not counted${types === undefined ? '' : `: ${types}`}.`
  return {
    outcome: 'refuses',
    confidence: isBootMemory && isBusy ? 'likely' : 'uncertain',
    reasons: [{ kind: 'kernel-zone', message }],
  }
}

/**
 * What to expect of taking one block offline, room for its pages aside (`withHeadRoom`).
 * A kernel that runs changes meanwhile: this is about the moment that the topology shows.
 * @param gone blocks that have gone before it, of those that were online then
 */
export function predictBlock(
  topology: Topology,
  block: BlockInfo,
  holdings: Holdings | undefined,
  gone: ReadonlySet<number> = new Set(),
): Prediction {
  if (block.state === 'offline') {
    return { outcome: 'already-offline', confidence: 'certain', reasons: [] }
  }
  const refusal =
    provenRefusal(topology, block) ??
    keptByArch(topology, block) ??
    countedRefusal(block) ??
    calledUnremovable(block) ??
    lowestMemory(block) ??
    setAsideIn(topology, block)
  if (refusal !== undefined) return refusal
  if (block.zones.kind !== 'in') {
    const message = `The zone of memory${block.id} is not known.`
    return { outcome: 'goes', confidence: 'uncertain', reasons: [{ kind: 'unknown', message }] }
  }
  const isCounted = holdings?.source === 'counted'
  if (!isCounted && block.zones.name !== 'Movable') return guessKernelZone(topology, block)
  const gigantic = keptByGiganticPage(topology, block, gone)
  if (gigantic !== undefined) return gigantic
  if (holdings !== undefined && holdings.huge > 0) {
    const message = `memory${block.id} holds ${holdings.huge} pages in huge pages, which need others elsewhere.`
    const reasons = [{ kind: 'huge-pages', message, pages: holdings.huge }] as const
    return { outcome: 'goes', confidence: 'uncertain', reasons }
  }
  return goes('likely')
}
