/** A change of the kernel that a release is assumed to have, or to lack. @public */
export interface AssumedChange {
  /** As docs/kernels.md names it. */
  readonly name: string
  readonly what: string
  /** The architecture that it is of, as `uname -m` names it; absent: all. */
  readonly arch?: string
  readonly isThere: boolean
  /** The release that it was seen to be so on. */
  readonly asOn: string
}
