/** What QEMU answered instead of a result. Test `class`, or `desc` where QEMU has no specific class for it. */
export class QmpError extends Error {
  override readonly name = 'QmpError'
  /** QEMU's word for the kind: `GenericError`, `CommandNotFound`, `DeviceNotFound`, … */
  readonly class: string
  /** QEMU's sentence, as it came. */
  readonly desc: string
  readonly command: string

  constructor(command: string, error: { readonly class: string; readonly desc: string }) {
    super(`${command}: ${error.desc}`)
    this.class = error.class
    this.desc = error.desc
    this.command = command
  }
}

/**
 * Why there is no connection.
 * - `refused`: it could not be made
 * - `handshake`: no greeting came, or capabilities were refused
 * - `protocol`: the peer said what is not QMP
 * - `lost`: the peer went away
 * - `closed`: this side closed it
 */
export type QmpConnectionReason = 'refused' | 'handshake' | 'protocol' | 'lost' | 'closed'

export interface QmpConnectionErrorOptions {
  /** The command that was waiting when it happened. */
  readonly command?: string
  readonly cause?: unknown
}

/** There is no connection, or none any more. */
export class QmpConnectionError extends Error {
  override readonly name = 'QmpConnectionError'
  readonly reason: QmpConnectionReason
  /** The command that had no reply yet. Where it had been sent already, QEMU may have carried it out. */
  readonly command: string | undefined

  constructor(
    reason: QmpConnectionReason,
    message: string,
    options: QmpConnectionErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.command = options.command
  }
}

/** A reply or an event did not come in time. Of a command it is not known whether it was, or will be, carried out. */
export class QmpTimeoutError extends Error {
  override readonly name = 'QmpTimeoutError'
  /** The command or the event that was waited for. */
  readonly awaited: string
  readonly timeoutMs: number

  constructor(awaited: string, timeoutMs: number) {
    super(`${awaited}: nothing within ${timeoutMs} ms`)
    this.awaited = awaited
    this.timeoutMs = timeoutMs
  }
}
