import type { OnlineType } from './block'

/** What differs between kernel generations, as data that transactions and files consult. Never a fork of the code. */
export interface Generation {
  /** As descriptions name it: `v6.1`. */
  readonly name: string
  /** Kernel or series that it describes. */
  readonly source: string
  readonly rules: GenerationRules
}

/**
 * The rules of a generation, by what opens them. Each is read by the code of that place and by no name of a generation;
 * in each at least two generations differ. What all have in common is no rule.
 */
export interface GenerationRules {
  readonly sysfs: SysfsRules
  readonly eject: EjectRules
  readonly mapping: MappingRules
}

/** Files below /sys/devices/system/memory. */
export interface SysfsRules {
  /** Words that `state` and `auto_online_blocks` accept, in the order in which they are tried. */
  readonly stateWords: readonly OnlineType[]
  /** `exact`: a whole word and at most one newline. `prefix`: the text is compared as far as the shorter of both goes. */
  readonly stateMatch: 'exact' | 'prefix'
  /** What `removable` reads: always 1, or 1 where isolation would find no unmovable page. */
  readonly removable: 'always' | 'predicted'
}

/** How a firmware device is given back. */
interface EjectRules {
  /** Passes over a device's blocks: in the first of two, errors are tolerated. */
  readonly passes: 1 | 2
  /** `yes`: blocks that a failed ejection took offline are brought online again. */
  readonly reonlines: 'yes' | 'no'
}

/** The kernel's own mapping. */
interface MappingRules {
  /** What becomes of a page table whose last entry is cleared. */
  readonly emptyTables: 'free' | 'keep'
  /** Bytes of a vmemmap leaf that no section uses yet: marked as unused when it is mapped, or not. */
  readonly neverUsed: 'marked' | 'unmarked'
}
