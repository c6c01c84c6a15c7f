import { type Range, rangeIntersection } from '@memhp/core'
import { placeSetAside } from '@memhp/core/inspect'
import { isSystemRam, SYSTEM_RAM } from '@memhp/kernel-files'
import type { BlockInfo, Topology, ZoneInfo } from '@memhp/topology'
import type { Prediction } from './prediction'

/** Where no file tells how large a pageblock is. */
const PAGEBLOCK_BYTES = 2 ** 21

/** Boot memory of a zone, in pages: System RAM in its span, and in blocks of no device. */
function bootMemoryOf(topology: Topology, { span }: ZoneInfo): readonly Range[] {
  const { blocks, iomem, pageBytes } = topology
  if (span === null) return []
  const ram = (iomem ?? blocks.map(({ start, end }) => ({ start, end, name: SYSTEM_RAM }))).filter(
    ({ name }) => isSystemRam(name),
  )
  return ram.flatMap((part) => {
    const common = rangeIntersection<number>(part, span)
    const isBoot = blocks.some(
      (block) => block.device === null && part.start < block.end && block.start < part.end,
    )
    if (common === undefined || !isBoot) return []
    return [{ start: Math.ceil(common.start / pageBytes), end: Math.floor(common.end / pageBytes) }]
  })
}

interface SetAside extends Range {
  readonly zone: ZoneInfo
}

/** By topology: it is asked of each block. */
const SET_ASIDE = /* @__PURE__ */ new WeakMap<Topology, readonly SetAside[]>()

/** Memory that was set aside for contiguous allocation in each zone, in pages, where kernels put it. */
function setAsideOf(topology: Topology): readonly SetAside[] {
  const known = SET_ASIDE.get(topology)
  if (known !== undefined) return known
  const { pageBytes, kernelParameters: parameters } = topology
  const all = topology.zones.flatMap((zone) => {
    const { cmaPages: pages = 0, pageblocks } = zone
    if (pages === 0) return []
    const counted = pageblocks?.CMA ?? 0
    const pageblockPages = counted > 0 ? pages / counted : PAGEBLOCK_BYTES / pageBytes
    const zones = [{ pages, memory: bootMemoryOf(topology, zone) }]
    const { areas } = placeSetAside({ parameters, pageBytes, pageblockPages, zones })
    return areas.map((area) => ({ ...area, zone }))
  })
  SET_ASIDE.set(topology, all)
  return all
}

/**
 * A block that has a part of what was set aside stays, whatever its zone is and however much of it is free. No file tells where
 * that lies.
 */
export function setAsideIn(topology: Topology, block: BlockInfo): Prediction | undefined {
  const { pageBytes } = topology
  const found = setAsideOf(topology).find(
    ({ start, end }) => start * pageBytes < block.end && block.start < end * pageBytes,
  )
  if (found === undefined) return undefined
  const { name, node, cmaPages = 0 } = found.zone
  const mib = (cmaPages * pageBytes) / 2 ** 20
  const message = `Of node ${node}, zone ${name}, ${mib} MiB are set aside for contiguous allocation, and kernels put that into memory${block.id}.`
  return {
    outcome: 'refuses',
    confidence: 'likely',
    reasons: [{ kind: 'contiguous-memory', message, pages: cmaPages }],
  }
}
