import { type Capture, captureTree } from '@memhp/capture'
import { readCaptureFile } from '@memhp/host'
import { DIALECTS } from '@memhp/platforms/dialects'
import { type ExplainedTopology, knownOfCapture, readTopology } from '@memhp/topology'
import { inFile, withFile } from '../file-problem'
import type { OpenedSource } from './opened-source'

/**
 * Reads a capture file. Whatever is wrong with it names the file.
 * @throws HotplugError BAD_CAPTURE, UNKNOWN_VERSION; CliError where the file system refuses
 */
export async function readNamedCapture(path: string): Promise<Capture> {
  return inFile(path, async () =>
    withFile(path, async () => readCaptureFile(path, { dialects: DIALECTS })),
  )
}

/**
 * A capture file, to be read.
 * @throws what `readNamedCapture` throws
 */
export async function openCapture(path: string): Promise<OpenedSource> {
  const capture = await readNamedCapture(path)
  return { tree: captureTree(capture), known: knownOfCapture(capture) }
}

/** Reads the topology of a captured host. */
export const readCaptured = async (capture: Capture): Promise<ExplainedTopology> =>
  readTopology(captureTree(capture), knownOfCapture(capture))
