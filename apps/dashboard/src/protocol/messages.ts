// What page and worker say to each other: requests with a number, answers with the same.
import type { GoalWish, MachineView, OutlookView } from './machine-view'
import type { TableRow } from './table-rows'
import type { FaultWish, PlanView, Timeline } from './timeline'

/** Where a machine comes from. */
export type Source =
  /** A scene of the gallery, by its name. */
  | { readonly kind: 'scene'; readonly scene: string }
  /** The text of a file that was dropped, or that a server sent. */
  | { readonly kind: 'file'; readonly name: string; readonly text: string }

/** A machine, and what it did where it comes with a story: a scenario, a recorded run. */
export interface Opened {
  readonly machine: MachineView
  readonly timeline: Timeline | null
}

/** A removal on another machine. */
export interface Elsewhere {
  readonly arch: string
  readonly kernel: string
  readonly blockBytes: number
  readonly timeline: Timeline
}

/** Pages of one block, a byte a cell: `PAGE_CELLS`. */
export interface CellsView {
  readonly columns: number
  readonly cells: Uint8Array
}

/** Every request, and what answers it. */
export interface Calls {
  open: {
    readonly ask: { readonly source: Source; readonly kernel?: string }
    readonly answer: Opened
  }
  /** Opens a machine only to work out what of it can go. Tells how far it has come. */
  outlook: { readonly ask: { readonly source: Source }; readonly answer: OutlookView }
  /**
   * The removal of a goal on a machine of another architecture that is like the one of the source: its nodes, devices and zones, in
   * blocks of its size.
   */
  elsewhere: {
    readonly ask: { readonly source: Source; readonly arch: string; readonly goal: GoalWish }
    readonly answer: Elsewhere
  }
  /** Architectures on which memory can be added. */
  archs: { readonly ask: Readonly<Record<string, never>>; readonly answer: readonly string[] }
  plan: { readonly ask: { readonly goal: GoalWish }; readonly answer: PlanView }
  remove: {
    readonly ask: { readonly goal: GoalWish; readonly fault: FaultWish | null }
    readonly answer: Timeline
  }
  /** Tells the story of the machine again, with a fault in it. */
  retell: {
    readonly ask: { readonly fault: FaultWish | null }
    readonly answer: Opened
  }
  /** Page tables of which there are too many to be told one by one, as far as they are opened; null where none were recorded. */
  tables: {
    readonly ask: {
      readonly region: 'direct' | 'vmemmap'
      /** Index into `Timeline.structures`. */
      readonly moment: number
      /** Keys of tables that are open; null: as one would open them first. */
      readonly open: readonly string[] | null
    }
    readonly answer: readonly TableRow[] | null
  }
  cells: {
    readonly ask: { readonly block: number; readonly frame: number }
    readonly answer: CellsView | null
  }
}

export type CallName = keyof Calls

/** From the page. */
export type Request = {
  [Name in CallName]: { readonly id: number; readonly call: Name; readonly ask: Calls[Name]['ask'] }
}[CallName]

/** To the page. A failure has a sentence that a person can use. */
export type Response =
  | { readonly id: number; readonly answer: Calls[CallName]['answer'] }
  | { readonly id: number; readonly failure: string }
  /** Not an answer yet: the share that is done, from 0 to 1. */
  | { readonly id: number; readonly share: number }
