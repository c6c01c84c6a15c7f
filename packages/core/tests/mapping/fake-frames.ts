import { pfn } from '../../src/address/brand'
import { FrameRuns } from '../../src/allocator/frame-runs'
import { type MappedArch, tableShape } from '../../src/mapping/table-shape'
import type { PageTables } from '../../src/mapping/table-types'
import type { FrameKind, FrameRun, FrameSource } from '../../src/model/frame-source'
import { newMappingState } from '../../src/model/mapping-state'

/** A page allocator that remembers what is out and refuses to take back anything else. */
class FakeFrames implements FrameSource {
  readonly out = new Map<number, { order: number; kind: FrameKind }>()
  /** How many more allocations succeed, by order: missing means all. */
  readonly limits = new Map<number, number>()
  /** How many more allocations of any order succeed. */
  remaining = Number.POSITIVE_INFINITY
  freed = 0
  private next = 4096

  allocate(request: { order: number; kind: FrameKind }): ReturnType<typeof pfn> | null {
    const { order, kind } = request
    const limit = this.limits.get(order) ?? Number.POSITIVE_INFINITY
    if (limit === 0 || this.remaining === 0) return null
    this.limits.set(order, limit - 1)
    this.remaining -= 1
    const first = Math.ceil(this.next / 2 ** order) * 2 ** order
    this.next = first + 2 ** order
    this.out.set(first, { order, kind })
    return pfn(first)
  }

  /** Runs of three pages at most, so that one may end anywhere. */
  allocateRuns(
    request: { count: number; kind: FrameKind },
    visit: (run: FrameRun) => void,
  ): number {
    let taken = 0
    const runs = new FrameRuns(visit)
    while (taken < request.count) {
      const page = this.allocate({ order: 0, kind: request.kind })
      if (page === null) break
      runs.add(page, 1)
      taken += 1
      if (taken % 3 === 0) runs.end()
    }
    runs.end()
    return taken
  }

  freeRun(run: FrameRun): void {
    for (let i = 0; i < run.count; i++) this.free({ pfn: run.pfn + i, order: 0 })
  }

  free(frame: { pfn: number; order: number }): void {
    const taken = this.out.get(frame.pfn)
    if (taken === undefined) throw new Error(`page ${frame.pfn} is not out`)
    if (taken.order !== frame.order) throw new Error(`page ${frame.pfn} has order ${taken.order}`)
    this.out.delete(frame.pfn)
    this.freed += 1
  }

  count(kind: FrameKind): number {
    return [...this.out.values()].filter((frame) => frame.kind === kind).length
  }

  /** Pages that are out. */
  pages(kind: FrameKind): number {
    const orders = [...this.out.values()].filter((frame) => frame.kind === kind)
    return orders.reduce((sum, { order }) => sum + 2 ** order, 0)
  }
}

export interface FakeTables extends PageTables {
  readonly frames: FakeFrames
}

/** Page tables of a machine that has mapped nothing but its empty root. */
export function fakeTables(arch: MappedArch): FakeTables {
  const shape = tableShape(arch)
  const state = newMappingState(shape.bootRootPfn)
  for (const leafBytes of shape.regions.direct?.leaves ?? []) state.directMapBytes.set(leafBytes, 0)
  return { shape, state, frames: new FakeFrames() }
}
