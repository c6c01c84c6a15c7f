import { isHotplugError } from '@memhp/core'
import { type ExplainedTopology, type ReadTopologyOptions, readTopology } from '@memhp/topology'
import { CliError } from '../errors'
import { inFile } from '../file-problem'
import { describeSource, type SourceChoice } from './choice'
import type { OpenedSource } from './opened-source'

/**
 * Opens a source for reading. Nothing but a capture or a scenario is read yet; only what its kind takes is loaded.
 * @throws HotplugError BAD_CAPTURE, BAD_SCENARIO, UNKNOWN_VERSION, EXPECTATION_FAILED; CliError for what cannot be opened
 */
async function openSource(choice: SourceChoice): Promise<OpenedSource> {
  switch (choice.kind) {
    case 'capture':
      return (await import('./capture-source')).openCapture(choice.path)
    case 'folder':
      return (await import('./host-source')).openFolder(choice.path)
    case 'host':
      return (await import('./host-source')).openHost()
    case 'scenario':
      return (await import('./scenario-source')).openScenario(choice.path)
  }
}

/**
 * Does something with the files of a source.
 * @throws CliError where it holds no memory blocks; what `act` throws, with the folder's name
 */
export async function inPlace<T>(choice: SourceChoice, act: () => Promise<T>): Promise<T> {
  try {
    return choice.kind === 'folder' ? await inFile(choice.path, act) : await act()
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

/**
 * Opens a source and reads what its files hold of memory blocks.
 * @throws CliError where the source holds none; HotplugError NOT_READABLE, BAD_CAPTURE, BAD_SCENARIO, UNKNOWN_VERSION, EXPECTATION_FAILED
 */
export async function readWith<T>(
  choice: SourceChoice,
  use: (source: OpenedSource) => Promise<T>,
): Promise<T> {
  const source = await openSource(choice)
  return inPlace(choice, async () => use(source))
}

/**
 * Opens a source and reads its topology.
 * @param wish what the command shows of it
 * @throws what `readWith` throws
 */
export const readSource = async (
  choice: SourceChoice,
  wish: Pick<ReadTopologyOptions, 'removable'> = {},
): Promise<ExplainedTopology> =>
  readWith(choice, async ({ tree, known }) => readTopology(tree, { ...known, ...wish }))
