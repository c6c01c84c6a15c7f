import type { NodeId, Pfn, SectionNr } from '../address/brand'
import { invariant } from '../errors/invariant'
import { stateSlot } from '../machine/state-slot'
import { machineFrames } from '../mapping/machine-frames'
import { outOfMemory } from '../mapping/map-job'
import { NO_CHANGE } from '../mapping/mapping-change'
import type { FrameRun } from '../model/frame-source'
import type { SectionMemmap } from '../model/kernel-mapping'
import type { Machine } from '../model/machine'
import type { RegionChange } from '../model/mapping-change'
import type { MemmapModel } from '../model/memmap-model'
import type { StateSlot } from '../model/state-slot'

/** A chunk of the page allocator's: 2^order pages. */
interface Chunk {
  readonly pfn: Pfn
  readonly order: number
}

/** Pages of a section's struct pages: one chunk, or runs of pages that were taken one by one. */
type Piece = Chunk | FrameRun

/** Struct pages of hot-added sections in separate pages, by section. Those of boot memory are reserved pages of boot's. */
export const SECTION_MEMMAPS: StateSlot<Map<SectionNr, readonly Piece[]>> =
  /* @__PURE__ */ stateSlot('sectionMemmaps')

/** Classic sparsemem: pages for the struct pages of each section alone. @beta */
export const PER_SECTION_MEMMAP: MemmapModel = {
  kind: 'perSection',
  keeper: {
    slot: SECTION_MEMMAPS,
    boot: (machine) => SECTION_MEMMAPS.put(machine, new Map()),
    of: (machine) => ({
      populate: (section) => allocateSectionMemmap(machine, section),
      free: (section) => freeSectionMemmap(machine, section),
    }),
  },
}

/**
 * Classic sparsemem: takes pages for the struct pages of one section, in one chunk if there is one, else page by page
 * (vmalloc).
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM); nothing has changed then
 * Source: populate_section_memmap without CONFIG_SPARSEMEM_VMEMMAP, mm/sparse.c 6.1.
 */
function allocateSectionMemmap(machine: Machine, section: SectionMemmap): RegionChange {
  const memmaps = SECTION_MEMMAPS.of(machine)
  if (memmaps.has(section.nr)) return NO_CHANGE
  const pieces = takePieces(machine, section.nodeId)
  memmaps.set(section.nr, pieces)
  return changeOf(pieces)
}

/** Gives the pages of a section's struct pages back; those of a boot section stay reserved. Never refuses. */
function freeSectionMemmap(machine: Machine, { nr }: SectionMemmap): RegionChange {
  const memmaps = SECTION_MEMMAPS.of(machine)
  const pieces = memmaps.get(nr)
  if (pieces === undefined)
    return { ...NO_CHANGE, framePages: { ...NO_CHANGE.framePages, boot: memmapPages(machine) } }
  memmaps.delete(nr)
  giveBack(machine, pieces)
  return changeOf(pieces)
}

const memmapPages = ({ geometry }: Machine): number =>
  Math.ceil(geometry.memmapBytesPerSection / geometry.pageBytes)

function takePieces(machine: Machine, nodeId: NodeId): readonly Piece[] {
  const pages = memmapPages(machine)
  const order = Math.ceil(Math.log2(pages))
  const frames = machineFrames(machine)
  const whole = frames.allocate({ order, nodeId, kind: 'memmap' })
  if (whole !== null) return [{ pfn: whole, order }]
  const runs: FrameRun[] = []
  const taken = frames.allocateRuns({ count: pages, nodeId, kind: 'memmap' }, (run) => {
    runs.push(run)
  })
  if (taken === pages) return runs
  giveBack(machine, runs)
  throw outOfMemory('the memmap', { use: 'memmap', order, nodeId })
}

function giveBack(machine: Machine, pieces: readonly Piece[]): void {
  const frames = machineFrames(machine)
  for (const piece of pieces) {
    if ('order' in piece) frames.free(piece)
    else frames.freeRun(piece)
  }
}

const changeOf = (pieces: readonly Piece[]): RegionChange => ({
  ...NO_CHANGE,
  framePages: {
    ...NO_CHANGE.framePages,
    allocator: pieces.reduce(
      (sum, piece) => sum + ('order' in piece ? 2 ** piece.order : piece.count),
      0,
    ),
  },
})

/**
 * Every hot-added section has its struct pages, and no pages are kept for one that has gone, unless the arch never frees them.
 * @throws InvariantViolation
 */
export function checkSectionMemmaps(machine: Machine): void {
  const { separated } = machine.state.memory.sections
  const memmaps = SECTION_MEMMAPS.of(machine)
  for (const [nr, { early }] of separated)
    invariant(early || memmaps.has(nr), `Section ${nr} has no struct pages.`)
  if (machine.arch.memmap.freed === 'never') return
  for (const nr of memmaps.keys())
    invariant(separated.get(nr)?.early === false, `Struct pages are kept for section ${nr}.`)
}
