// What the page is told of a machine. Plain data: it crosses from the worker by structured clone.

/** What `memoryN/state` reads; `absent` before a block comes and after it goes. */
type CellState = 'absent' | 'offline' | 'online' | 'going-offline'

/** One memory block as the map shows it. */
export interface BlockCell {
  readonly state: CellState
  readonly node: number
  /** Name of its zone (`Movable`); null: offline, or more zones than one. */
  readonly zone: string | null
  /** Name of the memory device that it belongs to (as firmware calls it). */
  readonly device: string | null
  /** Present since boot. */
  readonly early: boolean
}

/** Neighbouring blocks that are alike. Block numbers, `end` exclusive. */
export interface BlockRun {
  readonly start: number
  readonly end: number
  readonly cell: BlockCell
}

/** What is expected of taking a block offline. */
export type Verdict = 'goes' | 'refuses' | 'stalls' | 'already-offline' | 'unknown'

/** Why neighbouring blocks can go, or cannot. */
export interface OutlookRun {
  readonly start: number
  readonly end: number
  readonly verdict: Verdict
  /** A sentence; empty where nothing is to be said. */
  readonly why: string
}

/** A memory device that a removal may name. */
export interface DeviceView {
  readonly name: string
  readonly sizeBytes: number
  readonly verdict: Verdict
}

/** What keeps blocks online, of one kind. */
export interface ObstacleView {
  /** In words: `memory reserved at boot`. */
  readonly what: string
  readonly sizeBytes: number
  /** The lowest; there may be thousands. */
  readonly block: number
  /** Sentences about some of the blocks. */
  readonly evidence: readonly string[]
  readonly remedies: readonly string[]
}

/** What can go of a machine: blocks, and devices as a whole. */
export interface OutlookView {
  readonly runs: readonly OutlookRun[]
  readonly devices: readonly DeviceView[]
  /** What stands in the way, with most memory first. */
  readonly obstacles: readonly ObstacleView[]
}

/** A NUMA node. */
interface NodeView {
  readonly id: number
  readonly cpus: number
  readonly blocks: number
}

/** A machine, as it is opened. */
export interface MachineView {
  readonly title: string
  /** What there is to see, in a sentence or two. */
  readonly about: string
  readonly arch: string
  readonly kernel: string
  readonly pageBytes: number
  readonly blockBytes: number
  readonly sectionBytes: number
  readonly memoryBytes: number
  readonly runs: readonly BlockRun[]
  /** Null: not worked out yet, as that takes seconds. */
  readonly outlook: OutlookView | null
  readonly nodes: readonly NodeView[]
  /** What to remove first, where the scene names it. */
  readonly goal: GoalWish | null
}

/** What is to go, as the form and a link say it. */
export type GoalWish =
  | { readonly kind: 'device'; readonly device: string }
  | { readonly kind: 'node'; readonly node: number }
  | { readonly kind: 'size'; readonly sizeBytes: number }
  | { readonly kind: 'blocks'; readonly blocks: readonly number[] }
