import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file that lines are appended to. Each is on the disk when its promise is fulfilled. */
export interface LineFile {
  /** @param line with its newline */
  append(line: string): Promise<void>
  close(): Promise<void>
}

export interface LineFileOptions {
  /** Refuses a file that is there (EEXIST). Default: lines are appended to it. */
  readonly isNew?: boolean
}

class AppendedFile implements LineFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async append(line: string): Promise<void> {
    await this.#handle.appendFile(line)
    await this.#handle.datasync()
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

const NEWLINE = 0x0a
const CHUNK_BYTES = 2 ** 16

/** Takes off what stands behind the last newline: a line that was cut off in the midst of being written. */
async function cutTornLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat()
  const chunk = Buffer.alloc(CHUNK_BYTES)
  for (let end = size; end > 0; end -= CHUNK_BYTES) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const { bytesRead } = await handle.read(chunk, 0, end - start, start)
    const at = chunk.subarray(0, bytesRead).lastIndexOf(NEWLINE)
    if (at === -1) continue
    if (start + at + 1 < size) await handle.truncate(start + at + 1)
    return
  }
  if (size > 0) await handle.truncate(0)
}

/** A new name in a folder is on the disk when the folder is. Not every file system can tell. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  await folder
    .sync()
    .catch(() => {})
    .finally(() => folder.close())
}

/**
 * Opens a file to append lines to, such as the journal of an execution; makes it where there is none, readable by its
 * owner only. Of a file that is there a last line without its newline is taken off.
 * @throws the error of Node for a file that cannot be opened
 */
export async function openLineFile(
  path: string,
  { isNew = false }: LineFileOptions = {},
): Promise<LineFile> {
  const handle = await open(path, isNew ? 'ax+' : 'a+', 0o600)
  try {
    // What is not a regular file has neither an end nor a place on a disk.
    if ((await handle.stat()).isFile()) {
      await cutTornLine(handle)
      await syncFolder(path)
    }
    return new AppendedFile(handle)
  } catch (error) {
    await handle.close()
    throw error
  }
}
