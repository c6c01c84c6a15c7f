import type { FileTree } from '@memhp/core'
import type { HostTree } from '@memhp/host'
import type { ReadTopologyOptions } from '@memhp/topology'

/** A machine to read, and what is known besides its files. */
export interface OpenedSource {
  /** That of a host or a folder tells more. */
  readonly tree: FileTree & Partial<Pick<HostTree, 'texts' | 'unsorted'>>
  readonly known: ReadTopologyOptions
  /** The machine's files as they are now, where `tree` is a reading of some: for what no capture keeps. */
  readonly now?: FileTree
}
