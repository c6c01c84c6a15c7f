import { type FileHandle, link, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HotplugError } from '@memhp/core'

/** How a file is written. */
export interface WholeFileOptions {
  /** Replace a file that is there already; default false. */
  readonly force?: boolean
}

/** @throws HotplugError NOT_WRITABLE (EINVAL) where a device, a FIFO or a socket stands: rename(2) would replace it */
async function refuseSpecialFile(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined || stats.isFile() || stats.isDirectory()) return
  const text = `${path}: not a regular file; it is not replaced`
  throw new HotplugError('NOT_WRITABLE', 'EINVAL', text, { detail: { path } })
}

/** What file systems answer that know no second name of a file, as vfat. */
const NO_LINKS: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** Gives a file another name, unless something has that: link(2) refuses where rename(2) would replace. */
async function nameAnew(beside: string, path: string): Promise<void> {
  try {
    await link(beside, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && NO_LINKS.has(error.code))) throw error
    // Takes the name, unless another has it.
    await (await open(path, 'wx')).close()
    await rename(beside, path)
  }
}

/**
 * Writes a file beside its place and moves it there, so that no reader ever sees half of it, and a disk that is full leaves what was
 * there.
 * @param content all of it, or what writes it
 * @throws Error with code EEXIST where a file is there already and `force` is not set, and of the file system as Node gives it;
 *   HotplugError NOT_WRITABLE (EINVAL) where a device, a FIFO or a socket stands
 */
export async function writeWholeFile(
  path: string,
  content: string | Uint8Array | ((file: FileHandle) => Promise<void>),
  { force = false }: WholeFileOptions = {},
): Promise<void> {
  await refuseSpecialFile(path)
  const beside = join(dirname(path), `.${crypto.randomUUID()}.tmp`)
  try {
    const file = await open(beside, 'wx', 0o644)
    try {
      if (typeof content === 'function') await content(file)
      else await writeFile(file, content)
      await file.sync()
    } finally {
      await file.close()
    }
    if (force) await rename(beside, path)
    else await nameAnew(beside, path)
  } finally {
    await rm(beside, { force: true })
  }
}
