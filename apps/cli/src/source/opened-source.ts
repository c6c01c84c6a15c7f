import type { FileTree } from '@memhp/core'
import type { ReadTopologyOptions } from '@memhp/topology'

/** A machine to read, and what is known besides its files. */
export interface OpenedSource {
  readonly tree: FileTree
  readonly known: ReadTopologyOptions
}
