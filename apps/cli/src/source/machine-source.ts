import type { FileTree } from '@memhp/core'
import {
  type BlockContents,
  type ReadTopologyOptions,
  readTopology,
  type Topology,
} from '@memhp/topology'
import { CliError } from '../errors'
import { withFile } from '../file-problem'
import type { SourceChoice } from './choice'

/** A machine to read, and what is known besides its files. */
export interface OpenedSource {
  readonly tree: FileTree
  readonly known: ReadTopologyOptions
}

async function openCapture(path: string): Promise<OpenedSource> {
  // Checking a capture takes a schema library that no other source needs.
  const { captureTree } = await import('@memhp/capture')
  const { readCaptureFile } = await import('@memhp/host')
  const capture = await withFile(path, async () => readCaptureFile(path))
  const pages = new Map<number, BlockContents>(
    capture.pages?.blocks.map((block) => [block.id, block]) ?? [],
  )
  return {
    tree: captureTree(capture),
    known: {
      arch: capture.arch,
      release: capture.kernelRelease,
      contents: (block) => pages.get(block),
      ...(capture.pages === undefined ? {} : { pageBytes: capture.pages.pageBytes }),
    },
  }
}

/**
 * Opens a source for reading. Nothing but the capture file is read yet.
 * @throws HotplugError BAD_CAPTURE, UNKNOWN_VERSION, NO_SUCH_FILE; CliError for what cannot be opened
 */
export async function openSource(choice: SourceChoice): Promise<OpenedSource> {
  switch (choice.kind) {
    case 'capture':
      return openCapture(choice.path)
    case 'folder': {
      const { hostTree } = await import('@memhp/host')
      return { tree: hostTree({ sysroot: choice.path }), known: {} }
    }
    case 'host': {
      const { hostTree } = await import('@memhp/host')
      return { tree: hostTree(), known: { arch: hostArch() } }
    }
    case 'scenario':
      throw new CliError('this release cannot read the end state of a scenario yet', {
        remedy: `memhp run ${choice.path}`,
      })
  }
}

/** What `uname -m` prints, from Node's own names. */
function hostArch(): string {
  const names: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
    x64: 'x86_64',
    arm64: 'aarch64',
    ppc64: 'ppc64le',
  }
  return names[process.arch] ?? process.arch
}

/** Opens a source and reads its topology. */
export async function readSource(choice: SourceChoice): Promise<Topology> {
  const { tree, known } = await openSource(choice)
  return readTopology(tree, known)
}
