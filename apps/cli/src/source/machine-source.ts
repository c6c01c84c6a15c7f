import { type FileTree, isHotplugError } from '@memhp/core'
import { type ReadTopologyOptions, readTopology, type Topology } from '@memhp/topology'
import { CliError } from '../errors'
import { checkFolder } from '../file-problem'
import { knownOfCapture, readNamedCapture } from './capture-source'
import { describeSource, type SourceChoice } from './choice'
import { runScenarioFile } from './scenario-source'

/** A machine to read, and what is known besides its files. */
interface OpenedSource {
  readonly tree: FileTree
  readonly known: ReadTopologyOptions
}

async function openCapture(path: string): Promise<OpenedSource> {
  // Checking a capture takes a schema library that no other source needs.
  const { captureTree } = await import('@memhp/capture')
  const capture = await readNamedCapture(path)
  return { tree: captureTree(capture), known: knownOfCapture(capture) }
}

async function openFolder(path: string): Promise<OpenedSource> {
  const { hostTree } = await import('@memhp/host')
  await checkFolder(path, `--capture ${path}, if it is a capture`)
  return { tree: hostTree({ sysroot: path }), known: {} }
}

async function openHost(): Promise<OpenedSource> {
  const { hostTree } = await import('@memhp/host')
  const { machine } = await import('node:os')
  return { tree: hostTree(), known: { arch: machine() } }
}

async function openScenario(path: string): Promise<OpenedSource> {
  const { machine } = await runScenarioFile(path)
  const { arch, geometry, tree } = machine
  return { tree, known: { arch: arch.name, pageBytes: geometry.pageBytes } }
}

/**
 * Opens a source for reading. Nothing but a capture or a scenario is read yet.
 * @throws HotplugError BAD_CAPTURE, BAD_SCENARIO, UNKNOWN_VERSION, EXPECTATION_FAILED; CliError for what cannot be opened
 */
async function openSource(choice: SourceChoice): Promise<OpenedSource> {
  switch (choice.kind) {
    case 'capture':
      return openCapture(choice.path)
    case 'folder':
      return openFolder(choice.path)
    case 'host':
      return openHost()
    case 'scenario':
      return openScenario(choice.path)
  }
}

/**
 * Opens a source and reads its topology.
 * @throws CliError where the source holds no memory blocks; HotplugError BAD_CAPTURE, BAD_SCENARIO, UNKNOWN_VERSION, EXPECTATION_FAILED
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
