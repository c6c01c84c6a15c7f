import type { NodeId, Pfn } from '../address/brand'

/** What a frame of the kernel's own is for. @beta */
export type FrameKind = 'table' | 'memmap'

/** Neighbouring pages, each for itself. @beta */
export interface FrameRun {
  readonly pfn: Pfn
  readonly count: number
}

/** Where page tables get their pages from and give them back to. @beta */
export interface FrameSource {
  /**
   * Takes 2^order pages, of the node if it has any, else of another.
   * @returns the first page, aligned to its order, or null where there is no memory
   */
  allocate(request: {
    readonly order: number
    readonly nodeId: NodeId
    readonly kind: FrameKind
  }): Pfn | null
  /**
   * Takes single pages in as few steps as there are runs of neighbours, not from per-CPU lists.
   * @param visit told of each run
   * @returns how many were taken: fewer than asked for where there is no more memory
   */
  allocateRuns(
    request: { readonly count: number; readonly nodeId: NodeId; readonly kind: FrameKind },
    visit: (run: FrameRun) => void,
  ): number
  /** Gives back what `allocate` gave with the same order. */
  free(frame: { readonly pfn: Pfn; readonly order: number }): void
  /** Gives back neighbouring pages, each taken by itself. */
  freeRun(run: FrameRun): void
}
