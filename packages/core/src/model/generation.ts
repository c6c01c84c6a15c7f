import type { AssumedChange } from './assumed-change'
import type { DefectSwitch } from './defect'
import type { KnownConfig } from './features'
import type { GenerationRules } from './generation-rules'
import type { KernelCode, LaterCode } from './kernel-code'
import type { KernelLog } from './kernel-log'
import type { OtherSteps } from './steps'

/** Version, patch level, and where a stable release matters its sublevel: `[6, 12]`, `[6, 1, 83]`. @public */
export type KernelRelease = readonly [version: number, patchlevel: number, sublevel?: number]

/** The generation of a release, and what of it rests on other releases. @public */
export interface GenerationAt {
  readonly generation: Generation
  /** Changes of which nothing was seen on releases that decide it, and whether the generation has them. */
  readonly assumed: readonly AssumedChange[]
}

/**
 * What differs between kernel generations, as data that transactions and files consult. Never a fork of the code.
 * @public
 */
export interface Generation {
  /** As descriptions name it: `v6.1`. */
  readonly name: string
  /** Kernel or series that it describes. */
  readonly source: string
  /** Releases. */
  readonly kernels: {
    /** The first whose kernels it comes nearest to. */
    readonly from: KernelRelease
    /** The one that it is; null where no release was it. */
    readonly is: KernelRelease | null
    /** The first of each series that comes nearest to it out of turn: stable releases carry later changes, or do not. */
    readonly also?: readonly KernelRelease[]
    /** The first that it says nothing of any more, where a later generation does. */
    readonly before?: KernelRelease
    /** For releases that come nearest to it: the generation with what was seen of that release; absent: it is taken as it is. */
    readonly at?: (release: KernelRelease) => GenerationAt
  }
  /** Architectures, as `uname -m` names them, that Linux had dropped by then. */
  readonly dropped: readonly string[]
  /** How its kernels are configured: in general, and where an architecture differs, by its name. */
  readonly config: {
    readonly common: KnownConfig
    readonly byArch: Readonly<Record<string, Partial<KnownConfig>>>
  }
  readonly rules: GenerationRules
  /** What it says in the kernel's log, in its own words; absent: those of Linux 6.1, which `KERNEL_LOG` brings. */
  readonly log?: KernelLog
  /** Defects that it can be described with, by their ids; absent: none. What each is: docs/defects.md. */
  readonly defects?: Readonly<Record<string, DefectSwitch>>
  /** Steps that it takes beside those of 6.1; absent: none. */
  readonly steps?: OtherSteps
  /** What its rules ask for and other kernels do not have. */
  readonly code?: KernelCode
  /** The same, of kernels after 6.1. */
  readonly later?: LaterCode
}
