import type { Capture } from '@memhp/capture'
import { HotplugError, isHotplugError } from '@memhp/core'
import type { BlockContents, ReadTopologyOptions } from '@memhp/topology'
import { withFile } from '../file-problem'

/**
 * Reads a capture file. Whatever is wrong with it names the file.
 * @throws HotplugError BAD_CAPTURE, UNKNOWN_VERSION; CliError where the file system refuses
 */
export async function readNamedCapture(path: string): Promise<Capture> {
  const { readCaptureFile } = await import('@memhp/host')
  try {
    return await withFile(path, async () => readCaptureFile(path))
  } catch (error) {
    if (!isHotplugError(error) || error.message.includes(path)) throw error
    const { code, errno, detail, message } = error
    throw new HotplugError(code, errno, `${path}: ${message}`, { detail, cause: error })
  }
}

/** What a capture knows besides its files, for reading a topology. */
export function knownOfCapture(capture: Capture): ReadTopologyOptions {
  const { arch, kernelRelease, pages } = capture
  const byBlock = new Map<number, BlockContents>(
    pages?.blocks.map((block) => [block.id, block]) ?? [],
  )
  return {
    arch,
    release: kernelRelease,
    contents: (block) => byBlock.get(block),
    ...(pages === undefined ? {} : { pageBytes: pages.pageBytes }),
  }
}
