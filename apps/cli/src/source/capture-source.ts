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
export const openCapture = async (path: string): Promise<OpenedSource> =>
  openCaptured(await readNamedCapture(path))

/** A captured host, to be read. */
export const openCaptured = (capture: Capture): OpenedSource => ({
  tree: captureTree(capture),
  known: knownOfCapture(capture),
})

/** Reads the topology of a captured host. */
export async function readCaptured(capture: Capture): Promise<ExplainedTopology> {
  const { tree, known } = openCaptured(capture)
  return readTopology(tree, known)
}
