import {
  addMemory,
  alignUp,
  createMachine,
  GENERATIONS,
  GIB,
  type Machine,
  nodeId,
  type PhysRange,
  type Plugins,
  physAddr,
  refusalOf,
  removeMemory,
} from '@memhp/core'
import { regionOrigin, translate } from '@memhp/core/inspect'
import { type MappingChange, type RegionChange, sumOfChanges } from '@memhp/core/plugin'
import { describeSmall } from './survey'

/** What became of memory that was added and removed again on one kind of an architecture. */
export interface GalleryEntry {
  readonly arch: string
  readonly kind: string
  /** The newest kernel that does it; the newest of all where none does. */
  readonly kernel: string
  /** Bytes that came and went; 0 where none did. */
  readonly bytes: number
  /** What the removal freed and left; null where there was none. */
  readonly change: MappingChange | null
  /** Why nothing came or went, in the words of the refusal; null where it did. */
  readonly refusal: string | null
}

/** A GiB beyond boot memory; a block where that is larger, or as much as there are addresses for. */
export function rangeBeyond({ arch, description, geometry }: Machine): PhysRange {
  const end = Math.max(...description.ram.map((range) => range.end))
  let bytes = Math.max(GIB, geometry.blockBytes)
  while (bytes > geometry.blockBytes && alignUp(end, bytes) + bytes > arch.mappable.end) bytes /= 2
  const start = alignUp(end, bytes)
  return { start: physAddr(start), end: physAddr(start + bytes) }
}

/** Leaves that still map something, each once: one that a part of a removal left may have gone with the next part. */
function leftAfter(
  machine: Machine,
  region: 'direct' | 'vmemmap',
  { left }: RegionChange,
): RegionChange['left'] {
  const mapping = machine.arch.mapping[region]
  const last = new Map(left.map((leaf) => [leaf.offset, leaf]))
  return [...last.values()].filter(
    ({ offset }) =>
      mapping.kind !== 'radix' ||
      translate(machine, regionOrigin(machine.arch, region) + BigInt(offset)) !== undefined,
  )
}

/** Removes memory, and tells what that freed and left in all: kernels that remove section by section record each. */
export function removeAndSum(machine: Machine, range: PhysRange): MappingChange {
  const { mappings } = machine.state.journal
  const before = mappings.length
  removeMemory(machine, { range })
  const changes = mappings.slice(before).map(({ change }) => change)
  const direct = sumOfChanges(changes.map((change) => change.direct))
  const memmap = sumOfChanges(changes.map((change) => change.memmap))
  return {
    direct: { ...direct, left: leftAfter(machine, 'direct', direct) },
    memmap: { ...memmap, left: leftAfter(machine, 'vmemmap', memmap) },
  }
}

type ArchPlugin = Plugins['archs'][number]

/** Adds and removes on one kernel. */
function comeAndGo(
  arch: ArchPlugin,
  archOptions: object,
  kernel: string,
): Pick<GalleryEntry, 'bytes' | 'change' | 'refusal'> {
  let went: Pick<GalleryEntry, 'bytes' | 'change' | 'refusal'> | undefined
  const refusal = refusalOf(() => {
    // Blocks that come online by themselves would have to go offline first.
    const cmdline = 'memhp_default_state=offline'
    const description = { ...describeSmall(arch, archOptions, kernel), cmdline }
    const machine = createMachine(description, { archs: [arch], drivers: [], kernels: GENERATIONS })
    const range = rangeBeyond(machine)
    addMemory(machine, { range, nodeId: nodeId(0) })
    const change = removeAndSum(machine, range)
    went = { bytes: range.end - range.start, change, refusal: null }
  })
  return went ?? { bytes: 0, change: null, refusal: refusal?.message ?? '' }
}

function entryOf(arch: ArchPlugin, kind: string, archOptions: object): GalleryEntry {
  const names = GENERATIONS.map(({ name }) => name).toReversed()
  const tried = names.map((kernel) => ({ kernel, ...comeAndGo(arch, archOptions, kernel) }))
  const done = tried.find(({ refusal }) => refusal === null) ?? tried.at(-1)
  return { arch: arch.name, kind, ...(done ?? { kernel: '', bytes: 0, change: null, refusal: '' }) }
}

/** The same memory on every kind of every architecture: what its removal frees, level by level. */
export const gallery = (archs: Plugins['archs']): readonly GalleryEntry[] =>
  archs.flatMap((arch) =>
    Object.entries(arch.variants ?? { '': {} }).map(([kind, options]) =>
      entryOf(arch, kind, options),
    ),
  )
