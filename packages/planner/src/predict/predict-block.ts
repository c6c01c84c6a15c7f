import type { BlockInfo, Topology } from '@memhp/topology'
import { countedRefusal, provenRefusal } from './evidence'
import { type Holdings, zoneOfBlock } from './holdings'
import type { Prediction } from './prediction'

const goes = (confidence: Prediction['confidence']): Prediction => ({
  outcome: 'goes',
  confidence,
  reasons: [],
})

/** Share of a zone's managed pages below which the use counts as nothing: what the kernel keeps in its lists. */
const IDLE_SHARE = 0.002

/** Guess about a block of a kernel zone whose pages nobody counted. */
function guessKernelZone(topology: Topology, block: BlockInfo): Prediction {
  const zone = zoneOfBlock(topology, block)
  const name = zone?.name ?? 'a kernel zone'
  const isIdle =
    zone?.freePages !== null &&
    zone?.freePages !== undefined &&
    zone.managedPages - zone.freePages <= zone.managedPages * IDLE_SHARE
  if (isIdle) return goes('uncertain')
  const message = `memory${block.id} is in ${name}, and nobody counted what it holds there.`
  const isBootMemory = block.device === null
  return {
    outcome: 'refuses',
    confidence: isBootMemory ? 'likely' : 'uncertain',
    reasons: [{ kind: 'kernel-zone', message }],
  }
}

/**
 * What to expect of taking one block offline, room for its pages aside (`withHeadRoom`).
 * A kernel that runs changes meanwhile: this is about the moment that the topology shows.
 */
export function predictBlock(
  topology: Topology,
  block: BlockInfo,
  holdings: Holdings | undefined,
): Prediction {
  if (block.state === 'offline') {
    return { outcome: 'already-offline', confidence: 'certain', reasons: [] }
  }
  const refusal = provenRefusal(topology, block) ?? countedRefusal(block)
  if (refusal !== undefined) return refusal
  if (block.zones.kind !== 'in') {
    const message = `The zone of memory${block.id} is not known.`
    return { outcome: 'goes', confidence: 'uncertain', reasons: [{ kind: 'unknown', message }] }
  }
  const isCounted = holdings?.source === 'counted'
  if (!isCounted && block.zones.name !== 'Movable') return guessKernelZone(topology, block)
  if (holdings !== undefined && holdings.huge > 0) {
    const message = `memory${block.id} holds ${holdings.huge} pages in huge pages, which need others elsewhere.`
    const reasons = [{ kind: 'huge-pages', message, pages: holdings.huge }] as const
    return { outcome: 'goes', confidence: 'uncertain', reasons }
  }
  return goes('likely')
}
