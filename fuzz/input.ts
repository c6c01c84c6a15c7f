// An input: plain data that a process can be handed, printed, and made smaller.
import type { MachineOperation } from '@memhp/trace'

/** What an input is about. The order is that of the seeds: a seed draws its remainder's kind. */
export const KINDS = [
  'flags',
  'capture',
  'sysroot',
  'trace',
  'scenario',
  'shell',
  'description',
  'callbacks',
  'report',
] as const

/** One of `KINDS`. */
export type Kind = (typeof KINDS)[number]

/** Plain data as JSON has it, and what else a caller in JavaScript may hand in. */
export type Data =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Data[]
  | { [key: string]: Data }

/**
 * What becomes of one value of a document. `picks` lead to it: one of all leaves, or several from key to key; each is
 * taken modulo the number there.
 */
export interface Damage {
  readonly picks: readonly number[]
  readonly change:
    | { readonly kind: 'gone' }
    | { readonly kind: 'value'; readonly value: Data }
    /** The n-th number in a text, or in the key where the value is not a text. */
    | { readonly kind: 'digits'; readonly digits: string; readonly place: number }
    | { readonly kind: 'key'; readonly key: string }
    /** The value of another place. */
    | { readonly kind: 'copy'; readonly from: readonly number[] }
    | { readonly kind: 'repeat'; readonly times: number }
    | { readonly kind: 'nest'; readonly depth: number }
}

/** What becomes of a text. `at` is a place in ten-thousandths of its length. */
export type TextDamage =
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'insert'; readonly at: number; readonly text: string; readonly times: number }
  | { readonly kind: 'leave-out'; readonly at: number; readonly length: number }
  | {
      readonly kind: 'again'
      readonly at: number
      readonly length: number
      readonly times: number
    }
  /** The number at or behind the place. */
  | { readonly kind: 'number'; readonly at: number; readonly text: string }
  /** The key at or behind the place stands twice. */
  | { readonly kind: 'key-twice'; readonly at: number; readonly value: string }

/** Whose text is damaged: files of the repository, by the names that `bases.ts` gives them. */
export interface DamagedText {
  readonly base: string
  readonly damages: readonly Damage[]
  readonly texts: readonly TextDamage[]
}

/** How a text is written. `halved`: packed, and only the first half of that. */
export type Packing = 'plain' | 'packed' | 'halved'

/** What stands where a file is expected. */
export const ODD_FILES = ['directory', 'fifo', 'loop', 'dangling', 'empty', 'sparse'] as const

/** One of `ODD_FILES`. */
export type OddFile = (typeof ODD_FILES)[number]

/** What becomes of a copy of /sys and /proc. `pick` is taken modulo the number of entries. */
export type TreeChange =
  | { readonly kind: 'gone'; readonly pick: number }
  /** A directory above the entry, this number of levels up, with all in it. */
  | { readonly kind: 'branch-gone'; readonly pick: number; readonly up: number }
  /** Every entry of this file name. */
  | { readonly kind: 'name-gone'; readonly name: string }
  | { readonly kind: 'text'; readonly pick: number; readonly text: string }
  | { readonly kind: 'name-text'; readonly name: string; readonly text: string }
  | {
      readonly kind: 'digits'
      readonly pick: number
      readonly digits: string
      readonly place: number
    }
  | {
      readonly kind: 'renamed'
      readonly pick: number
      readonly digits: string
      readonly place: number
    }
  | { readonly kind: 'odd'; readonly pick: number; readonly odd: OddFile }
  | { readonly kind: 'added'; readonly path: string; readonly text: string }

/** Something in the folder of a case. */
export type Entry =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly damaged: DamagedText; readonly packing: Packing }
  | { readonly path: string; readonly odd: OddFile }
  | { readonly path: string; readonly tree: string; readonly changes: readonly TreeChange[] }

/** Command lines, carried out one after the other in a folder that holds the entries. */
export interface CommandInput {
  readonly kind: Exclude<Kind, 'description' | 'callbacks'>
  readonly entries: readonly Entry[]
  readonly lines: readonly (readonly string[])[]
  /** Of the built command's standard input. */
  readonly stdin: string
}

/** What a callback does when its turn comes. */
export type CallbackAct =
  | { readonly act: 'throw'; readonly what: 'error' | 'text' | 'refusal' }
  | { readonly act: 'answer'; readonly answer: string }
  | { readonly act: 'operate'; readonly operation: MachineOperation }
  | { readonly act: 'read' }
  | { readonly act: 'leave' }
  | { readonly act: 'join' }

/** Something that the machine calls, from its `from`-th call on, `times` times. */
export interface Callback {
  readonly on: 'observer' | 'notifier'
  readonly from: number
  readonly times: number
  readonly does: CallbackAct
}

/** A machine made of a description, what is done to it, and what it calls meanwhile. */
export interface MachineInput {
  readonly kind: 'description' | 'callbacks'
  readonly base: string
  readonly damages: readonly Damage[]
  readonly operations: readonly MachineOperation[]
  readonly callbacks: readonly Callback[]
}

/** Everything that is tried at once. */
export type FuzzInput = CommandInput | MachineInput
