import { formatExactSize, formatHex } from '@memhp/kernel-files'

/** What is to go. Plain data. */
export type RemovalGoal =
  /** Whole memory devices, in any order, by any name that `devicesCalled` knows, or a device whose driver added memory: `dax0.0`. */
  | { readonly kind: 'device'; readonly devices: readonly string[] }
  /** Memory blocks by number. */
  | { readonly kind: 'blocks'; readonly blocks: readonly number[] }
  /** All memory of a node. */
  | { readonly kind: 'node'; readonly node: number }
  /** The blocks of a range of physical addresses in bytes, whole; `end` is exclusive. */
  | { readonly kind: 'range'; readonly start: number; readonly end: number }
  /** At least that number of bytes, whichever go best; of one node or one zone, where these are named. */
  | {
      readonly kind: 'size'
      readonly sizeBytes: number
      readonly node?: number
      readonly zone?: string
    }

/** Another size of a device whose memory grows and shrinks: `virtio0`, by the kernel's name. Plain data. */
export interface ResizeGoal {
  readonly kind: 'resize'
  readonly device: string
  /** Bytes that are to be plugged. */
  readonly sizeBytes: number
}

/** What a policy asks for. Each of its steps stands by itself: one that is refused undoes nothing. Plain data. */
export interface PolicyGoal {
  readonly kind: 'policy'
  /** As messages name the policy. */
  readonly name: string
}

/** What a plan is for. */
export type PlanGoal = RemovalGoal | ResizeGoal | PolicyGoal

/** A goal in words: `remove memory32-39`. */
export function describeGoal(goal: PlanGoal): string {
  switch (goal.kind) {
    case 'policy':
      return `follow ${goal.name}`
    case 'resize':
      return `give ${goal.device} ${formatExactSize(goal.sizeBytes)}`
    case 'device':
      return `remove ${goal.devices.join(' and ')}`
    case 'blocks':
      return goal.blocks.length === 1
        ? `remove memory${goal.blocks[0]}`
        : `remove ${goal.blocks.length} blocks`
    case 'node':
      return `remove all memory of node ${goal.node}`
    case 'range':
      return `remove ${formatHex(goal.start)}-${formatHex(goal.end - 1)}`
    case 'size': {
      const node = goal.node === undefined ? '' : ` of node ${goal.node}`
      const zone = goal.zone === undefined ? '' : ` in ${goal.zone}`
      return `remove ${formatExactSize(goal.sizeBytes)}${node}${zone}`
    }
  }
}
