import type { FileTree } from '@memhp/core'
import { ARCH_PAGE_SIZES } from '@memhp/platforms/dialects'
import { readKernel } from './kernel'
import { type ReadTopologyOptions, readTopology } from './read-topology'
import { openSource } from './source'

/**
 * The bytes of a base page alone: where the architecture decides, without reading more.
 * @throws HotplugError what `readTopology` throws
 */
export async function readPageBytes(
  tree: FileTree,
  options: ReadTopologyOptions = {},
): Promise<number> {
  if (options.pageBytes !== undefined) return options.pageBytes
  const { arch } = await readKernel(openSource(tree), options)
  const [only, ...others] = ARCH_PAGE_SIZES.get(arch ?? '') ?? []
  if (only !== undefined && others.length === 0) return only
  return (await readTopology(tree, options)).pageBytes
}
