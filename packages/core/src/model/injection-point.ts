import type { Errno } from '../errors/errno'

/** What fails at a point: `check` is a condition that the kernel looks at, `hook` a call into a plugin. @beta */
export type PointKind =
  | 'check'
  | 'allocation'
  | 'notifier'
  | 'firmware'
  | 'registration'
  | 'migration'
  | 'hook'

/** A place in an operation at which a fault can be injected. @beta */
export interface InjectionPoint {
  /** `add/arch` for a step of a transaction, `memory/page-table` for what fails within one. Stable. */
  readonly name: string
  readonly kind: PointKind
  /** What fails, as a noun. */
  readonly what: string
  /** What the kernel's code answers there. */
  readonly errno: Errno
  /**
   * What its failure may leave, or have done otherwise, in some operation on some kernel: ids of docs/not-rolled-back.md.
   * Default: nothing.
   */
  readonly leaves?: readonly string[]
}
