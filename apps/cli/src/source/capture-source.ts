import { type Capture, captureTree } from '@memhp/capture'
import { readCaptureFile } from '@memhp/host'
import type { BlockContents, ReadTopologyOptions } from '@memhp/topology'
import { inFile, withFile } from '../file-problem'
import type { OpenedSource } from './opened-source'

/**
 * Reads a capture file. Whatever is wrong with it names the file.
 * @throws HotplugError BAD_CAPTURE, UNKNOWN_VERSION; CliError where the file system refuses
 */
export async function readNamedCapture(path: string): Promise<Capture> {
  return inFile(path, async () => withFile(path, async () => readCaptureFile(path)))
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

/**
 * A capture file, to be read.
 * @throws what `readNamedCapture` throws
 */
export async function openCapture(path: string): Promise<OpenedSource> {
  const capture = await readNamedCapture(path)
  return { tree: captureTree(capture), known: knownOfCapture(capture) }
}
