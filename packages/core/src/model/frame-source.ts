import type { NodeId, Pfn } from '../address/brand'

/** What a frame of the kernel's own is for. @beta */
export type FrameKind = 'table' | 'memmap'

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
  /** Gives back what `allocate` gave with the same order. */
  free(frame: { readonly pfn: Pfn; readonly order: number }): void
}
