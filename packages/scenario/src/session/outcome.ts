import type { Errno, ErrorCode } from '@memhp/core'

/** What became of a step's action. A step without one is done. */
export type Outcome =
  | { readonly kind: 'done'; readonly text?: string }
  | {
      readonly kind: 'refused'
      readonly errno: Errno
      readonly code: ErrorCode
      readonly message: string
    }
