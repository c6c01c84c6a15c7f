import { stat } from 'node:fs/promises'
import type { Capture } from '@memhp/capture'
import { type FileTree, HotplugError, isHotplugError } from '@memhp/core'
import {
  type BlockContents,
  type ReadTopologyOptions,
  readTopology,
  type Topology,
} from '@memhp/topology'
import { CliError } from '../errors'
import { withFile } from '../file-problem'
import { describeSource, type SourceChoice } from './choice'

/** A machine to read, and what is known besides its files. */
interface OpenedSource {
  readonly tree: FileTree
  readonly known: ReadTopologyOptions
}

/** A capture file, with its name in whatever is wrong with it. @throws HotplugError BAD_CAPTURE, UNKNOWN_VERSION; CliError */
async function readNamedCapture(path: string): Promise<Capture> {
  const { readCaptureFile } = await import('@memhp/host')
  try {
    return await withFile(path, async () => readCaptureFile(path))
  } catch (error) {
    if (!isHotplugError(error) || error.message.includes(path)) throw error
    const { code, errno, detail, message } = error
    throw new HotplugError(code, errno, `${path}: ${message}`, { detail, cause: error })
  }
}

async function openCapture(path: string): Promise<OpenedSource> {
  // Checking a capture takes a schema library that no other source needs.
  const { captureTree } = await import('@memhp/capture')
  const capture = await readNamedCapture(path)
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

async function openFolder(path: string): Promise<OpenedSource> {
  const { hostTree } = await import('@memhp/host')
  const stats = await withFile(path, async () => stat(path))
  if (!stats.isDirectory()) {
    throw new CliError(`${path} is no folder`, { remedy: `--capture ${path}, if it is a capture` })
  }
  return { tree: hostTree({ sysroot: path }), known: {} }
}

/**
 * Opens a source for reading. Nothing but the capture file is read yet.
 * @throws HotplugError BAD_CAPTURE, UNKNOWN_VERSION, NO_SUCH_FILE; CliError for what cannot be opened
 */
async function openSource(choice: SourceChoice): Promise<OpenedSource> {
  switch (choice.kind) {
    case 'capture':
      return openCapture(choice.path)
    case 'folder':
      return openFolder(choice.path)
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

/**
 * Opens a source and reads its topology.
 * @throws CliError where the source holds no memory blocks; what `openSource` throws
 */
export async function readSource(choice: SourceChoice): Promise<Topology> {
  const { tree, known } = await openSource(choice)
  try {
    return await readTopology(tree, known)
  } catch (error) {
    if (!isHotplugError(error) || error.code !== 'NO_SUCH_FILE') throw error
    throw new CliError(`${describeSource(choice)} holds no /sys/devices/system/memory`, {
      remedy:
        choice.kind === 'host'
          ? 'a kernel with CONFIG_MEMORY_HOTPLUG, or a capture of another host: memhp list CAPTURE'
          : 'a folder or capture that holds /sys and /proc of a host with memory hot-plug',
    })
  }
}
