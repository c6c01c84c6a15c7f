// Page tables as rows of a tree of which parts are open. Plain data.

/** Leaves of one size in a table, then and now. */
export interface DrawnLeaves {
  readonly leafBytes: number
  readonly were: number
  readonly are: number
}

/** `goes`: it is there now, and not in the end. */
export type TableState = 'stays' | 'goes' | 'gone'

/** A table that is, or was, with what is below it. */
export interface TableRow {
  /** Level and offset. */
  readonly key: string
  readonly level: string
  readonly state: TableState
  /** From the root down to the table: whether the link goes on below, to another table of the same parent. */
  readonly rails: readonly boolean[]
  /** Its place among those of the same parent, from 1, and how many these are. */
  readonly place: number
  readonly siblings: number
  readonly isOpen: boolean
  /** Tables below it that are or were, and those that are left. */
  readonly below: { readonly tables: number; readonly left: number }
  /** Leaves in it, and in all tables below. */
  readonly leavesBelow: number
  readonly leaves: readonly DrawnLeaves[]
}
