import { ERRNO, ERRNO_MESSAGES, type Errno } from '@memhp/core'

/** Errors that core has no name for, but that a kernel may answer all the same. */
const FURTHER_MESSAGES: Readonly<Record<string, string>> = {
  'Interrupted system call should be restarted': 'ERESTART',
  'File too large': 'EFBIG',
  'Inappropriate ioctl for device': 'ENOTTY',
  'Function not implemented': 'ENOSYS',
  'Connection timed out': 'ETIMEDOUT',
  'Text file busy': 'ETXTBSY',
  'No child processes': 'ECHILD',
  'Bad file descriptor': 'EBADF',
  'Directory not empty': 'ENOTEMPTY',
  'Unknown error 524': 'ENOTSUPP',
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(FURTHER_MESSAGES),
  ...Object.entries(ERRNO_MESSAGES).map(([name, message]) => [message, name] as const),
])

/** 128 and the number of SIGKILL: what was writing was killed, so EINTR of write(2) was not reported. */
const KILLED = 137

/**
 * The name of the errno that a busybox program met, from the words of strerror(3) at the end of what it printed.
 * @returns EIO where there is nothing to go by
 */
export function errnoName(answer: { readonly status: number; readonly stderr: string }): string {
  if (answer.status === KILLED) return 'EINTR'
  const line = answer.stderr.trimEnd().split('\n').at(-1) ?? ''
  const message = line.slice(line.lastIndexOf(': ') + 2)
  return NAMES.get(message) ?? 'EIO'
}

/** True for a name that core knows. */
export const isErrno = (name: string): name is Errno => Object.hasOwn(ERRNO, name)
