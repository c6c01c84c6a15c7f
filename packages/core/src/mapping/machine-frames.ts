import { type NodeId, type Pfn, pfn } from '../address/brand'
import { allocatePages, allocateRuns, freePageRun, freePages } from '../allocator/allocate'
import { failsAt } from '../machine/faults'
import type { FrameKind, FrameRun, FrameSource } from '../model/frame-source'
import type { Machine } from '../model/machine'
import type { MachineEventKind } from '../model/machine-event'
import { PAGE_KIND } from '../model/page'
import { sectionOfPfn } from '../section/section-table'
import { materialise } from '../section-pages/materialise'

const POINTS = { table: 'memory/page-table', memmap: 'memory/memmap' } as const

/** Pages for page tables and the memmap from the machine's page allocator: kernel memory, which never moves. */
export const machineFrames = (machine: Machine): FrameSource => ({
  allocate: (request) => allocate(machine, request),
  allocateRuns(request, visit) {
    // Each page may be the one that a fault is for.
    if (machine.faults.size > 0) return allocateOneByOne(machine, request, visit)
    const { nodeId, kind } = request
    return allocateRuns(machine, { ...request, mobility: 'unmovable' }, (run) => {
      for (const page of singlesToTell(machine, run, 'frames-allocated'))
        tellAllocated(machine, { order: 0, nodeId, kind }, page)
      visit(run)
    })
  },
  free(frame) {
    if (!machine.observers.hear('frames-freed')) return freePages(machine, frame)
    const use = useOf(machine, frame.pfn)
    freePages(machine, frame)
    machine.observers.tell({ kind: 'frames-freed', use, pfn: frame.pfn, order: frame.order })
  },
  freeRun(run) {
    const uses = singlesToTell(machine, run, 'frames-freed').map((page) => ({
      page,
      use: useOf(machine, page),
    }))
    freePageRun(machine, run)
    for (const { page, use } of uses)
      machine.observers.tell({ kind: 'frames-freed', use, pfn: page, order: 0 })
  },
})

interface ChunkRequest {
  readonly order: number
  readonly nodeId: NodeId
  readonly kind: FrameKind
}

function allocate(machine: Machine, request: ChunkRequest): Pfn | null {
  const { order, kind } = request
  if (order > machine.geometry.maxOrder || failsAt(machine, POINTS[kind])) return null
  const taken = allocatePages(machine, { ...request, mobility: 'unmovable' })
  if (taken !== null && machine.observers.hear('frames-allocated'))
    tellAllocated(machine, request, taken)
  return taken
}

function allocateOneByOne(
  machine: Machine,
  { count, nodeId, kind }: { count: number; nodeId: NodeId; kind: FrameKind },
  visit: (run: FrameRun) => void,
): number {
  for (let taken = 0; taken < count; taken++) {
    const page = allocate(machine, { order: 0, nodeId, kind })
    if (page === null) return taken
    visit({ pfn: page, count: 1 })
  }
  return count
}

function tellAllocated(machine: Machine, request: ChunkRequest, page: Pfn): void {
  const { kind: use, order, nodeId } = request
  machine.observers.tell({ kind: 'frames-allocated', use, pfn: page, order, nodeId })
}

/** The pages of a run where observers are told of each; else none. */
const singlesToTell = (
  { observers }: Machine,
  { pfn: first, count }: FrameRun,
  kind: MachineEventKind,
): readonly Pfn[] =>
  observers.hear(kind) ? Array.from({ length: count }, (_, i) => pfn(first + i)) : []

function useOf(machine: Machine, page: Pfn): FrameKind {
  const { pages } = materialise(machine, sectionOfPfn(machine, page))
  const kind = pages.kind[page % machine.geometry.pagesPerSection]
  return kind === PAGE_KIND.memmap ? 'memmap' : 'table'
}
