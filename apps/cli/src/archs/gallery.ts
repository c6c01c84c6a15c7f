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
import type { MappingChange } from '@memhp/core/plugin'
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
function rangeBeyond({ arch, description, geometry }: Machine): PhysRange {
  const end = Math.max(...description.ram.map((range) => range.end))
  let bytes = Math.max(GIB, geometry.blockBytes)
  while (bytes > geometry.blockBytes && alignUp(end, bytes) + bytes > arch.mappable.end) bytes /= 2
  const start = alignUp(end, bytes)
  return { start: physAddr(start), end: physAddr(start + bytes) }
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
    const machine = createMachine(description, { archs: [arch], drivers: [] })
    const range = rangeBeyond(machine)
    addMemory(machine, { range, nodeId: nodeId(0) })
    removeMemory(machine, { range })
    const change = machine.state.journal.mappings.at(-1)?.change ?? null
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
