/** One zone. Pages. */
export interface ZoneFacts {
  readonly node: number
  readonly name: string
  readonly free: number
  readonly spanned: number
  readonly present: number
  readonly managed: number
  /** Undefined for a zone without pages. */
  readonly startPfn: number | undefined
  /** Pages in per-CPU lists. */
  readonly perCpu: number
  /** Long-term pins that are still held on pages of the node. */
  readonly pinned: number
  /** Pages set aside for contiguous allocation. */
  readonly cma: number
}
