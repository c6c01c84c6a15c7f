import type { BlockId, NodeId, OnlineType, PhysAddr, PhysRange } from '@memhp/core'
import type { FirmwareWrite } from '@memhp/core/plugin'
import type { BlockInfo, Removal } from '@memhp/topology'
import type { PlanGoal } from '../goal/goal'
import type { HeadRoom } from '../predict/head-room'
import type { Holdings } from '../predict/holdings'
import type { Prediction } from '../predict/prediction'

/** Version of the plan's shape as JSON. It grows when a field changes its meaning or goes. */
export const PLAN_VERSION = 1

/** A memory block that is to go, and what is known of it. */
export interface PlannedBlock {
  readonly id: BlockId
  /** Bytes, `end` exclusive. */
  readonly start: PhysAddr
  readonly end: PhysAddr
  readonly state: BlockInfo['state']
  /** Zone that it is in, null for a block that is not online or has no single zone. */
  readonly zone: string | null
  readonly nodes: readonly NodeId[]
  readonly device: string | null
  readonly holdings: Holdings | null
  readonly prediction: Prediction
}

/** A device whose hypervisor is asked for another size of it. The guest decides how far it goes along. */
export interface ResizeStep {
  readonly kind: 'resize'
  /** The kernel's name: `virtio0`. */
  readonly name: string
  /** What the hypervisor is asked by, which lies in no file system: `requestFile`. */
  readonly path: string
  /** Bytes, in decimal. */
  readonly text: string
  /** All that the device may have. */
  readonly range: PhysRange
  /** Bytes that it has as the guest shows it, and is to have. */
  readonly fromBytes: number
  readonly toBytes: number
  /** Blocks of it that are online, by the zone that they are in. */
  readonly online: readonly { readonly zone: string; readonly blocks: readonly BlockId[] }[]
  /** What it is asked for before; null while that is not known. */
  readonly undo: FirmwareWrite | null
}

/** A block that is brought online. */
export interface OnlineStep {
  readonly kind: 'online'
  /** `memory32`. */
  readonly name: string
  readonly block: BlockId
  readonly path: string
  readonly text: OnlineType
}

/** A setting of the kernel that is given another value. */
export interface SetStep {
  readonly kind: 'set'
  /** `auto_online_blocks`. */
  readonly name: string
  /** The file, which reads what was written to it last. */
  readonly path: string
  readonly text: string
  /** What it read before. */
  readonly from: string
}

/** One write to one file. Steps are carried out in their order. */
export type PlanStep =
  | ResizeStep
  | OnlineStep
  | SetStep
  | {
      readonly kind: 'offline'
      readonly block: BlockId
      readonly path: string
      readonly text: 'offline'
    }
  | {
      readonly kind: 'remove'
      /** Name of the device, or of a run of devices that go together. */
      readonly name: string
      /** What that is called: `eject` a device, `remove` a run of them. */
      readonly verb: Removal['verb']
      readonly devices: readonly string[]
      readonly path: string
      readonly text: string
      /** Blocks that disappear with it. */
      readonly blocks: readonly BlockId[]
      readonly ranges: readonly PhysRange[]
      /** The write that asks for it back, which firmware or hypervisor may refuse; null where there is none. */
      readonly undo: FirmwareWrite | null
    }

/** Something that the goal asks for and the plan cannot do, or that may surprise. */
export interface PlanWarning {
  readonly kind:
    | 'device-stays'
    | 'memory-stays'
    | 'node-stays'
    /** Processes that are bound to a node are bound to others when it has no memory left. */
    | 'node-emptied'
    | 'two-zones'
    | 'comes-online-by-itself'
    | 'comes-back-elsewhere'
    | 'more-than-asked'
    | 'called-unremovable'
    /** A block with hardware errors does not come online again, or may not. */
    | 'poisoned-stays-offline'
    /** The kernel uses pages with hardware errors again once their block went offline and online. */
    | 'poisoned-comes-back'
    /** What describes other blocks lies in one: it goes after them, or not at all. */
    | 'goes-after'
    | 'holds-what-stays'
    /** The kernel ejects a device although its memory could not be removed. */
    | 'pulled-out-in-use'
    /** The guest's kernel chooses what a device gives back. */
    | 'chosen-by-the-guest'
    /** Nothing is known to bring memory online that is added. */
    | 'stays-offline'
    /** A device grows by several sizes, one after the other. */
    | 'in-steps'
  readonly message: string
}

/** What must be true once the plan has been carried out. */
export interface Expectation {
  readonly offlineBlocks: readonly BlockId[]
  readonly goneBlocks: readonly BlockId[]
  readonly goneRanges: readonly PhysRange[]
  /** Nodes whose last memory goes, and that have no CPU to keep them. */
  readonly goneNodes: readonly NodeId[]
}

/** How a goal is reached: plain data, to be read, saved, and carried out on any file tree of that machine. */
export interface Plan {
  readonly version: typeof PLAN_VERSION
  readonly goal: PlanGoal
  readonly blockBytes: number
  readonly pageBytes: number
  /** In the order in which they go offline. */
  readonly blocks: readonly PlannedBlock[]
  /** Devices to remove, in order. */
  readonly devices: readonly string[]
  /** Every offlining comes before the first removal: up to there everything can be undone. */
  readonly steps: readonly PlanStep[]
  /** Index of the first step that the kernel alone cannot undo; null for a plan that only takes blocks offline. */
  readonly pointOfNoReturn: number | null
  readonly sizeBytes: number
  readonly headRoom: HeadRoom
  /** What to expect of the whole. */
  readonly prediction: Prediction
  readonly expected: Expectation
  readonly warnings: readonly PlanWarning[]
}

/** The change of a device's size that a plan is for, from its first step to its last; undefined for other plans. */
export function plannedResize({ steps }: Pick<Plan, 'steps'>): ResizeStep | undefined {
  const [first, last] = [steps[0], steps.at(-1)]
  if (first?.kind !== 'resize' || last?.kind !== 'resize') return undefined
  return { ...first, text: last.text, toBytes: last.toBytes }
}
