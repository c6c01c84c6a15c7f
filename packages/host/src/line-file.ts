import { type FileHandle, open } from 'node:fs/promises'

/** A file that lines are appended to. Each is on the disk when its promise is fulfilled. */
export interface LineFile {
  /** @param line with its newline */
  append(line: string): Promise<void>
  close(): Promise<void>
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

/**
 * Opens a file to append lines to, such as the journal of an execution; makes it where there is none, readable by its
 * owner only.
 * @throws the error of Node for a file that cannot be opened
 */
export async function openLineFile(path: string): Promise<LineFile> {
  return new AppendedFile(await open(path, 'a', 0o600))
}
