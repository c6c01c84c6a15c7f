import {
  ERRNO,
  ERRNO_MESSAGES,
  type Errno,
  type ErrorCode,
  HotplugError,
  isHotplugError,
} from '@memhp/core'

const isErrno = (name: unknown): name is Errno =>
  typeof name === 'string' && Object.hasOwn(ERRNO, name)

/** What a system call of Node failed with: `errno` is negative there, and some have no name in `code` (EHWPOISON). */
export interface SystemFailure {
  readonly code?: string | undefined
  readonly errno?: number | undefined
}

/** The name of what a system call failed with; undefined where core has none. */
export function errnoOf({ code, errno }: SystemFailure): Errno | undefined {
  if (isErrno(code)) return code
  return (Object.keys(ERRNO) as Errno[]).find((name) => ERRNO[name] === -(errno ?? 0))
}

const CODES: Readonly<Partial<Record<Errno, ErrorCode>>> = {
  ENOENT: 'NO_SUCH_FILE',
  ENOTDIR: 'NOT_A_DIRECTORY',
  EISDIR: 'IS_A_DIRECTORY',
  ELOOP: 'TOO_MANY_LINKS',
}

/** What was being done to a path. */
export type FileAction = 'read' | 'write' | 'list' | 'readlink' | 'lookup'

/** The refusal of a system call as a `HotplugError`. The errno stays, or is EIO where core has no name for it. */
export function fileError(action: FileAction, path: string, cause: unknown): unknown {
  if (isHotplugError(cause)) return cause
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string')
    return cause
  const errno = errnoOf(cause as SystemFailure) ?? 'EIO'
  return refusal(action, path, { errno, cause })
}

/** A refusal with an errno, in the words of strerror(3). */
export function refusal(
  action: FileAction,
  path: string,
  { errno, cause }: { readonly errno: Errno; readonly cause?: unknown },
): HotplugError {
  return new HotplugError(codeOf(action, errno), errno, `${path}: ${ERRNO_MESSAGES[errno]}`, {
    detail: { path },
    cause,
  })
}

function codeOf(action: FileAction, errno: Errno): ErrorCode {
  const code = CODES[errno]
  if (code !== undefined) return code
  if (action === 'readlink' && errno === 'EINVAL') return 'NOT_A_LINK'
  return action === 'write' ? 'NOT_WRITABLE' : 'NOT_READABLE'
}
