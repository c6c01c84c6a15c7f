import { ERRNO_MESSAGES, type ErrorCode, HotplugError } from '@memhp/core'
import { errnoName, isErrno } from '../agent/errno'
import type { AgentAnswer } from '../agent/lane'

/** What was being done to a path. */
export type TreeAction = 'read' | 'write' | 'list' | 'readlink' | 'lookup'

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'NO_SUCH_FILE',
  ENOTDIR: 'NOT_A_DIRECTORY',
  EISDIR: 'IS_A_DIRECTORY',
  ELOOP: 'TOO_MANY_LINKS',
}

function codeOf(action: TreeAction, errno: string): ErrorCode {
  const code = CODES[errno]
  if (code !== undefined) return code
  if (action === 'readlink' && errno === 'EINVAL') return 'NOT_A_LINK'
  return action === 'write' ? 'NOT_WRITABLE' : 'NOT_READABLE'
}

/** A refusal with an errno; core has no name for every one, and then it is EIO with the name in `detail`. */
export function refusal(action: TreeAction, path: string, errnoText: string): HotplugError {
  const errno = isErrno(errnoText) ? errnoText : 'EIO'
  const code = codeOf(action, errno)
  return new HotplugError(code, errno, `${path}: ${ERRNO_MESSAGES[errno]}`, {
    detail: { path, ...(errno === errnoText ? {} : { guestErrno: errnoText }) },
  })
}

/** The refusal that an answer of the agent stands for. */
export const refusalOf = (
  action: TreeAction,
  path: string,
  answer: Pick<AgentAnswer, 'status' | 'stderr'>,
): HotplugError => refusal(action, path, errnoName(answer))
