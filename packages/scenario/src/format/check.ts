import type { SourcePlace } from './place'

/** What a text must be. Runs of blanks count as one, and blanks at the ends of lines as none. */
export interface TextWant {
  readonly is?: string
  readonly contains?: readonly string[]
  readonly lacks?: readonly string[]
}

/** What a block must look like; parts left out may be anything. */
export type BlockWant =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'present'
      readonly state?: string
      /** Text of `valid_zones`. */
      readonly zones?: string
      readonly nodes?: readonly number[]
    }

/** A number of pages, said in pages or in bytes. */
export type Amount = { readonly pages: number } | { readonly bytes: number }

export const ZONE_COUNTS = ['start', 'spanned', 'present', 'managed'] as const
export type ZoneCount = (typeof ZONE_COUNTS)[number]

/** An event of the platform: its name, and values that must be somewhere in its data. */
export interface PlatformWant {
  readonly event: string
  readonly data: Readonly<Record<string, string | number | boolean>>
}

/** One thing that is expected after a step. */
export type CheckWant =
  | { readonly kind: 'blocks'; readonly blocks: readonly number[]; readonly want: BlockWant }
  | {
      readonly kind: 'zone'
      /** `0/Normal`. */
      readonly zone: string
      readonly want: Readonly<Partial<Record<ZoneCount, Amount>>>
    }
  /** A list below /sys/devices/system/node: `online`, `has_memory`, … */
  | { readonly kind: 'nodes'; readonly list: string; readonly text: string }
  | { readonly kind: 'file'; readonly path: string; readonly want: TextWant | 'absent' }
  /** The text that the step itself read. */
  | { readonly kind: 'read'; readonly want: TextWant }
  /** Lines that the step wrote to the kernel log. */
  | { readonly kind: 'log'; readonly want: TextWant }
  /** `add memory8`, in order, and no others. */
  | { readonly kind: 'uevents'; readonly uevents: readonly string[] }
  | { readonly kind: 'platform'; readonly events: readonly PlatformWant[] }
  /** Ids of what the platform holds. */
  | { readonly kind: 'plugged'; readonly ids: readonly string[] }
  /** By how much the step changed MemTotal. */
  | { readonly kind: 'mem-total'; readonly changeBytes: number }
  /** Nodes with running kswapd and kcompactd. */
  | { readonly kind: 'kthreads'; readonly nodes: readonly number[] }
  /** Every file that was put into memory holds what was written. */
  | { readonly kind: 'intact'; readonly names: readonly string[] | 'all' }
  /** The machine is the same, byte for byte, as when the snapshot was taken; or is not. */
  | { readonly kind: 'same-as' | 'differs-from'; readonly snapshot: string }
  /** A refusal with this errno and code; without the check a refusal is a failure. */
  | { readonly kind: 'refused'; readonly errno?: string; readonly code?: string }

/** Something expected, and where the scenario says so. */
export interface Check {
  readonly place: SourcePlace
  readonly want: CheckWant
}
