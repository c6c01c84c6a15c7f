import type { Capture } from '@memhp/capture'
import {
  type FlaggedBlock,
  type FlaggedHost,
  type Generation,
  generationOfRelease,
  type Range,
  type Subsystems,
} from '@memhp/core'
import type { CapturedHost, FirmwareReading } from '@memhp/core/plugin'
import { formatNumberList, type IomemLine } from '@memhp/kernel-files'
import type { BareTopology, BlockContents, ResourceInfo } from '@memhp/topology'
import { countDeferred } from './deferred'
import { type NodePlacer, nodePlacer } from './place-nodes'
import type { ZoneFacts } from './zone-facts'

/** A memory block as a machine is described from it. */
export interface BlockFacts {
  readonly id: number
  readonly state: 'online' | 'offline'
  /** Zone of an online block; null where `valid_zones` reads `none`; undefined where no file tells. */
  readonly zone: string | null | undefined
  /** Ascending; the kernel's own record is the last. Never empty: assumed where no file tells. */
  readonly nodes: readonly number[]
  /** Name of the firmware device that it belongs to. */
  readonly device: string | null
  /** Whether the kernel found nothing in it that cannot move; undefined where it does not look. */
  readonly isRemovable: boolean | undefined
}

/** A memory block, how much of it is memory, and its zone. */
export interface BlockPlace extends FlaggedBlock {
  readonly block: BlockFacts
}

/** An entry of the firmware map. Bytes, `end` inclusive. */
export interface FirmwareEntry {
  readonly index: number
  readonly start: number
  /** Inclusive. */
  readonly end: number
  readonly type: string
}

/** What a twin is described from: the reading that a listing shows, and what was assumed beyond it. */
export interface HostFacts extends CapturedHost, FlaggedHost {
  readonly capture: Capture
  readonly topology: BareTopology
  /** Of the firmware that the host may have. */
  readonly dialects: readonly FirmwareReading[]
  /** Generations that the twin may be of, oldest first. */
  readonly kernels: readonly Generation[]
  readonly pageBytes: number
  readonly blockBytes: number
  /** Ascending. */
  readonly blocks: readonly BlockFacts[]
  /** Memory that the kernel has not initialised yet counts as managed and free. */
  readonly zones: readonly ZoneFacts[]
  /** Pages that the kernel has not initialised yet. */
  readonly deferredPages: number
  /** Undefined where it could not be read. */
  readonly iomem: readonly IomemLine[] | undefined
  /** Ascending by index; undefined where the architecture has none. */
  readonly firmwareMap: readonly FirmwareEntry[] | undefined
  /** How the pages of a block are used; undefined where that was not captured. */
  pagesOf(block: number): BlockContents | undefined
  /** The file's text without its final newline. */
  text(path: string): string | undefined
  /** A sentence about what is taken for true without evidence; kept once. */
  assume(sentence: string): void
  /** The same of a block: a sentence about `it`, which is told once for all blocks of which it is true. */
  assumeOf(block: number, sentence: string): void
}

/** Sections of x86-64, which has one in a block up to 64 GiB of memory. */
const X86_SECTION_BYTES = 2 ** 27

/** Bytes of a memory block. */
export const rangeOfBlock = ({ blockBytes }: Pick<HostFacts, 'blockBytes'>, id: number): Range => ({
  start: id * blockBytes,
  end: (id + 1) * blockBytes,
})

type Assume = HostFacts['assume']
type AssumeOf = HostFacts['assumeOf']

/** What was assumed about blocks, one sentence a line: `memory2-3,7: its state is …` */
export class BlockAssumptions {
  readonly #blocks = new Map<string, number[]>()

  add(block: number, sentence: string): void {
    const blocks = this.#blocks.get(sentence)
    if (blocks === undefined) this.#blocks.set(sentence, [block])
    else blocks.push(block)
  }

  /** The sentences in the order in which they were first told. */
  sentences(): string[] {
    return [...this.#blocks].map(
      ([sentence, blocks]) => `memory${formatNumberList([...new Set(blocks)])}: ${sentence}`,
    )
  }
}

/** What could go offline is of one node: of several the last, which is the kernel's own record. */
function oneNode(
  { id }: { readonly id: number },
  nodes: readonly number[],
  assumeOf: AssumeOf,
): readonly number[] {
  if (nodes.length < 2) return nodes
  const last = nodes.slice(-1)
  assumeOf(id, `it is offline, and so of one node, which is taken to be node ${last.join()}.`)
  return last
}

function blockFacts(
  { blocks }: BareTopology,
  nodesOf: NodePlacer,
  assumeOf: AssumeOf,
): BlockFacts[] {
  // Kernels since 5.8 call every block removable.
  const looks = blocks.some(({ removable }) => removable === false)
  return blocks.map((block): BlockFacts => {
    const { id, state, zones, device } = block
    if (state === 'unknown') assumeOf(id, 'its state is unknown, and taken to be online.')
    if (state === 'going-offline') assumeOf(id, 'it was going offline, and is taken to be online.')
    const [candidate] = zones.kind === 'candidates' ? zones.names : []
    return {
      id,
      state: state === 'offline' ? 'offline' : 'online',
      zone: zones.kind === 'in' ? zones.name : zones.kind === 'mixed' ? null : candidate,
      nodes: state === 'offline' ? oneNode(block, nodesOf(block), assumeOf) : nodesOf(block),
      device,
      isRemovable: looks ? block.removable === true : undefined,
    }
  })
}

const zoneFacts = ({ zones }: BareTopology): ZoneFacts[] =>
  zones.map((zone) => ({
    node: zone.node,
    name: zone.name,
    free: zone.freePages ?? 0,
    spanned: zone.spannedPages,
    present: zone.presentPages,
    managed: zone.managedPages,
    startPfn: zone.startPfn ?? undefined,
    perCpu: zone.perCpuPages,
    pinned: zone.pinnedPages,
    cma: zone.cmaPages ?? 0,
  }))

const inclusive = ({ start, end, name, children }: ResourceInfo): IomemLine => ({
  start,
  end: end - 1,
  name,
  children: children.map(inclusive),
})

/** Whether MemTotal is what zones manage, and what is more are pages whose initialisation was put off. */
const countsManaged = ({ release }: BareTopology, kernels: readonly Generation[]): boolean =>
  generationOfRelease(release ?? '', kernels)?.generation.rules.procfs.memTotal !== 'present'

/**
 * What a twin is described from.
 * @param topology the reading of the capture
 * @param known `assume` and `ofBlocks` are told what is taken for true without evidence
 */
export function hostFacts(
  capture: Capture,
  topology: BareTopology,
  known: {
    readonly assume: Assume
    readonly ofBlocks: BlockAssumptions
    readonly dialects: readonly FirmwareReading[]
    readonly kernels: readonly Generation[]
    readonly subsystems: Subsystems
  },
): HostFacts {
  const { assume, ofBlocks, dialects, kernels, subsystems } = known
  const { pageBytes, blockBytes, iomem, firmwareMap, totals } = topology
  const kept = new Set<string>()
  const assumeOnce = (sentence: string): void => {
    if (kept.has(sentence)) return
    kept.add(sentence)
    assume(sentence)
  }
  const assumeOf: AssumeOf = (block, sentence) => ofBlocks.add(block, sentence)
  for (const { kind, path, message } of topology.notes) {
    if (kind === 'contradiction') assumeOnce(`${path} contradicts another file. ${message}`)
  }
  if (topology.pageBytesFrom === 'assumed') {
    assumeOnce(`No file tells the size of a page: it is taken to be ${pageBytes} bytes.`)
  }
  const { zones, deferred } = countDeferred(
    zoneFacts(topology),
    totals.memTotalBytes === null || !countsManaged(topology, kernels)
      ? undefined
      : Math.floor(totals.memTotalBytes / pageBytes),
  )
  const contents = new Map(
    topology.blocks.flatMap((block) =>
      block.contents === null || subsystems.pageMonitor === undefined
        ? []
        : [[block.id as number, block.contents] as const],
    ),
  )
  return {
    capture,
    topology,
    dialects,
    kernels,
    subsystems,
    pageBytes,
    blockBytes,
    pagesPerBlock: blockBytes / pageBytes,
    hasBlocksOfOneSection: capture.arch === 'x86_64' && blockBytes === X86_SECTION_BYTES,
    blocks: blockFacts(topology, nodePlacer(topology, assumeOf), assumeOf),
    zones,
    deferredPages: deferred,
    iomem: iomem?.map(inclusive),
    firmwareMap:
      firmwareMap === null || firmwareMap.length === 0
        ? undefined
        : firmwareMap.map(({ end, ...entry }) => ({ ...entry, end: end - 1 })),
    pagesOf: (block) => contents.get(block),
    text: (path) => capture.files[path]?.trimEnd(),
    assume: assumeOnce,
    assumeOf,
  }
}
