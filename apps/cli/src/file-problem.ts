import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ERRNO_MESSAGES, type Errno, HotplugError, isHotplugError } from '@memhp/core'
import { writeWholeFile } from '@memhp/host'
import { CliError, EXIT } from './errors'

/** What to do about a file that is there already. */
const REPLACE = 'name another file, or replace it with --force'
/** Where nothing is ever replaced. */
export const NAME_ANOTHER = 'name another file'

/** What to do about a folder where a file was expected. */
const NAME_A_FILE = 'name a file in it'

/** What to do about a file that the user named. */
const REMEDIES: Readonly<Record<string, string>> = {
  EEXIST: REPLACE,
  ENOENT: 'check the name: nothing is there',
  EISDIR: NAME_A_FILE,
  ENOTDIR: 'check the name: a part of it is a file',
  EACCES: 'name a file that you may read and a folder that you may write to',
  EROFS: 'name a place that can be written to',
  ENOTCONN: 'memhp unmount DIR takes away a machine whose memhp was killed',
}

/** What is the fault of no argument: nothing more can be written, or the device fails. */
const OUTPUT_FAILURES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO'])

/** @throws CliError for what is not a folder, and where the file system refuses */
export async function checkFolder(path: string, remedy: string): Promise<void> {
  const stats = await withFile(path, async () => stat(path))
  if (!stats.isDirectory()) throw new CliError(`${path} is not a folder`, { remedy })
}

/** Messages of what files meet on a mount that is not served. Source: strerror(3). */
const MESSAGES: Readonly<Record<string, string>> = {
  ENOTCONN: 'Transport endpoint is not connected',
}

const messageOf = (errno: string): string =>
  MESSAGES[errno] ?? (Object.hasOwn(ERRNO_MESSAGES, errno) ? ERRNO_MESSAGES[errno as Errno] : errno)

/**
 * Does something with a file that the user named.
 * @param remedies by errno, where more helps than does for every file
 * @throws CliError where the file system refuses; whatever else `act` throws
 */
export async function withFile<T>(
  path: string,
  act: () => Promise<T>,
  remedies: Readonly<Record<string, string>> = {},
): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) throw error
    const errno = String(error.code)
    const remedy = remedies[errno] ?? REMEDIES[errno]
    const isOutput = error.syscall !== 'read' && OUTPUT_FAILURES.has(errno)
    throw new CliError(`${path === '' ? '""' : path}: ${messageOf(errno)}`, {
      exitCode: isOutput ? EXIT.output : EXIT.badInput,
      ...(remedy === undefined ? {} : { remedy }),
    })
  }
}

/**
 * Refuses before minutes are spent on what goes into the file. The writing itself refuses too, should one appear meanwhile.
 * @param options.remedy where the file is there; default: the flag that replaces it
 * @throws CliError where the folder cannot be written to, or the file is there and is not to be replaced
 */
export async function checkNewFile(
  path: string,
  { replace, remedy = REPLACE }: { readonly replace: boolean; readonly remedy?: string },
): Promise<void> {
  if (path === '') throw new CliError('"": No such file or directory', { remedy: 'name a file' })
  const folder = dirname(path)
  await withFile(folder === '.' ? path : folder, async () => access(folder, constants.W_OK))
  const stats = await stat(path).catch(() => undefined)
  if (stats?.isDirectory()) throw new CliError(`${path} is a folder`, { remedy: NAME_A_FILE })
  if (stats?.isFile() === false)
    throw new CliError(`${path} is not a regular file`, {
      remedy: 'name a file, or write to it with > and -o -',
    })
  if (!replace && stats !== undefined) throw new CliError(`${path}: File exists`, { remedy })
}

/** Writes a file as a whole, or changes nothing. @throws CliError where the file system refuses, or would replace a file */
export async function writeFileOf(
  path: string,
  content: string | Uint8Array,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  await withFile(path, async () => writeWholeFile(path, content, { force: replace }))
}

/**
 * Does something with what a file holds. Whatever is wrong with it names the file.
 * @throws HotplugError that begins with the path; whatever else `act` throws
 */
export async function inFile<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!isHotplugError(error) || error.message.includes(path)) throw error
    const { code, errno, detail, message } = error
    throw new HotplugError(code, errno, `${path}: ${message}`, { detail, cause: error })
  }
}
