import type { OnlineType } from './block'

/** What differs between kernel generations, as data that the transactions consult. Never a fork of the code. */
export interface Generation {
  readonly name: string
  /** Kernel or series that it describes. */
  readonly source: string
  /** When hot-added memory joins a zone: at add (2012) or at online (6.1). */
  readonly zoneBoundAt: 'add' | 'online'
  /** Words that `state` and `auto_online_blocks` accept. */
  readonly stateWords: readonly OnlineType[]
  /** How a word is matched: whole with one newline (6.1), or any prefix (2012). */
  readonly stateMatch: 'exact' | 'prefix'
  /** Passes over a device's blocks when it is ejected. */
  readonly ejectPasses: 1 | 2
  /** Blocks that an eject took offline come back when it fails. */
  readonly ejectReonlines: boolean
  /** What `removable` says: always 1, or what isolation would say. */
  readonly removable: 'always' | 'predicted'
  /** Memory cgroup tables (page_cgroup) live in the memory they describe. */
  readonly pageCgroupTables: boolean
  /** Seconds and hard failures after which offlining gives up; null: never. */
  readonly offlineLimit: { readonly seconds: number; readonly hardFailures: number } | null
  /** Errno of a write to `state` that names the state the block has. */
  readonly alreadyInStateErrno: 'EINVAL'
  /** Onlining a block with poisoned pages is refused (EHWPOISON). */
  readonly refusesPoisonedBlocks: boolean
}
