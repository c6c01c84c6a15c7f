import type { LocalTree } from '@memhp/core'
import type { DeviceState, FirmwareCensus } from '@memhp/core/plugin'
import { ACPI_ROOT } from './files'

/** The text of a file; empty where it cannot be read. */
function textOf(tree: LocalTree, path: string): string {
  try {
    return tree.read(path).trim()
  } catch (error) {
    // What a tree refuses has an errno; core, which knows more of it, is not for bundles of dialects.
    if (error instanceof Error && 'errno' in error) return ''
    throw error
  }
}

/** In words: 15 is a device that works, 0 an empty slot. */
function statusOf(tree: LocalTree, path: string): string {
  const text = textOf(tree, path)
  if (!/^\d+$/.test(text)) return 'status unknown'
  return Number(text) === 0 ? 'an empty slot' : `status ${text}`
}

function stateOf(tree: LocalTree, name: string): DeviceState {
  const path = `${ACPI_ROOT}/${name}`
  if (tree.lookup(path) === undefined) return { state: null, count: 0 }
  const links = tree.list(path).filter((file) => /^physical_node\d*$/.test(file))
  return { state: statusOf(tree, `${path}/status`), count: links.length }
}

/** A device has a directory, an empty slot too, and a link to each block that is bound to it. */
export const ACPI_CENSUS: FirmwareCensus = {
  thing: 'physical_node links',
  sum: 'links to its blocks',
  shown: 'each',
  record: 'acpi_memory_info',
  open: (tree) => (name) => stateOf(tree, name),
}
