import type { ErrorCode } from './codes'
import type { Errno } from './errno'

/** Structured evidence of a refusal: addresses, names, counts. Plain data, so that it survives JSON. @public */
export type ErrorDetail = Readonly<Record<string, unknown>>

export interface HotplugErrorOptions {
  readonly detail?: ErrorDetail
  readonly cause?: unknown
}

/**
 * An expected refusal: by the kernel (`errno` is what the system call answers) or by memhp itself
 * (bad input). Test `code`, not the class or the message.
 * @public
 */
export class HotplugError extends Error {
  override readonly name = 'HotplugError'
  readonly code: ErrorCode
  readonly errno: Errno
  readonly detail: ErrorDetail

  constructor(code: ErrorCode, errno: Errno, message: string, options: HotplugErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.errno = errno
    this.detail = options.detail ?? {}
  }
}

/** True for any `HotplugError`, also one thrown through another copy of this module. @public */
export function isHotplugError(error: unknown): error is HotplugError {
  return (
    error instanceof Error && error.name === 'HotplugError' && 'code' in error && 'errno' in error
  )
}

/** What an action is refused with; undefined where it is not. Whatever is not a refusal is thrown on. @public */
export function refusalOf(act: () => unknown): HotplugError | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (isHotplugError(error)) return error
    throw error
  }
}
