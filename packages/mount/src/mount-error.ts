/** What can go wrong with a mount. @public */
export const MOUNT_ERROR_CODES = {
  NO_FUSE: 'The kernel offers no FUSE, or not to this user.',
  MOUNT_REFUSED: 'mount(8) or unshare(1) refused.',
  HOST_WOULD_SHOW: 'A program would take files of the host for those of the machine.',
  NOT_A_MOUNT: 'The directory is not a mount of memhp.',
} as const

/** A stable name for one kind of failure. @public */
export type MountErrorCode = keyof typeof MOUNT_ERROR_CODES

/** A machine could not be mounted or unmounted. Test `code`, not the message. @public */
export class MountError extends Error {
  override readonly name = 'MountError'
  readonly code: MountErrorCode
  /** What would make it work. */
  readonly remedy: string

  constructor(code: MountErrorCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.remedy = remedy
  }
}
