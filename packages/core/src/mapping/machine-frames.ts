import type { Pfn } from '../address/brand'
import { allocatePages, freePages } from '../allocator/allocate'
import { failsAt } from '../machine/faults'
import type { FrameKind, FrameSource } from '../model/frame-source'
import type { Machine } from '../model/machine'
import { PAGE_KIND } from '../model/page'
import { sectionOfPfn } from '../section/section-table'
import { materialise } from '../section-pages/materialise'

const POINTS = { table: 'memory/page-table', memmap: 'memory/memmap' } as const

/** Pages for page tables and the memmap from the machine's page allocator: kernel memory, which never moves. */
export const machineFrames = (machine: Machine): FrameSource => ({
  allocate({ order, nodeId, kind }) {
    if (order > machine.geometry.maxOrder || failsAt(machine, POINTS[kind])) return null
    const taken = allocatePages(machine, { order, nodeId, mobility: 'unmovable', kind })
    if (taken !== null && machine.observers.areAny) {
      machine.observers.tell({ kind: 'frames-allocated', use: kind, pfn: taken, order, nodeId })
    }
    return taken
  },
  free(frame) {
    if (!machine.observers.areAny) return freePages(machine, frame)
    const use = useOf(machine, frame.pfn)
    freePages(machine, frame)
    machine.observers.tell({ kind: 'frames-freed', use, pfn: frame.pfn, order: frame.order })
  },
})

function useOf(machine: Machine, page: Pfn): FrameKind {
  const { pages } = materialise(machine, sectionOfPfn(machine, page))
  const kind = pages.kind[page % machine.geometry.pagesPerSection]
  return kind === PAGE_KIND.memmap ? 'memmap' : 'table'
}
