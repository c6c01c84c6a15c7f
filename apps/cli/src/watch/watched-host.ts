import type { HostTree } from '@memhp/host'
import { readBlockBytes } from '@memhp/topology'
import { readSnapshot } from './snapshot'
import { ueventsOf } from './uevents'
import type { Watched } from './watch'

/** This host, or a folder, to be watched. @param sysroot the folder, as the user named it; undefined for this host */
export const watchedHost = (tree: HostTree, sysroot: string | undefined): Watched => ({
  snapshot: () => readSnapshot(tree),
  blockBytes: () => readBlockBytes(tree),
  uevents: (signal) => ueventsOf(sysroot, signal),
})
