import { open } from 'node:fs/promises'
import { endianness } from 'node:os'
import type { PageFlagsSource } from '@memhp/capture'
import { fileError } from './file-error'

/** An open /proc/kpageflags. */
export interface OpenPageFlags extends Omit<PageFlagsSource, 'pageBytes'> {
  close(): Promise<void>
}

const ENTRY_BYTES = 8

/**
 * Opens a file of page flags.
 * @param place where it is on this machine
 */
export async function openPageFlags(place: string): Promise<OpenPageFlags> {
  const file = await open(place, 'r')
  return {
    byteOrder: endianness() === 'LE' ? 'little' : 'big',
    async read(startPfn, count) {
      const bytes = new Uint8Array(count * ENTRY_BYTES)
      let filled = 0
      try {
        while (filled < bytes.length) {
          const position = startPfn * ENTRY_BYTES + filled
          const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, position)
          if (bytesRead === 0) break
          filled += bytesRead
        }
      } catch (error) {
        throw fileError('read', '/proc/kpageflags', error)
      }
      return bytes.subarray(0, filled)
    },
    close: () => file.close(),
  }
}
