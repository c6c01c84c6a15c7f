import { formatExactSize } from '@memhp/kernel-files'

/** What is to go. Plain data. */
export type RemovalGoal =
  /** Whole memory devices, in any order, by any name that `devicesCalled` knows. */
  | { readonly kind: 'device'; readonly devices: readonly string[] }
  /** Memory blocks by number. */
  | { readonly kind: 'blocks'; readonly blocks: readonly number[] }
  /** All memory of a node. */
  | { readonly kind: 'node'; readonly node: number }
  /** At least that number of bytes, whichever go best. */
  | { readonly kind: 'size'; readonly sizeBytes: number }

/** A goal in words: `remove memory32-39`. */
export function describeGoal(goal: RemovalGoal): string {
  switch (goal.kind) {
    case 'device':
      return `remove ${goal.devices.join(' and ')}`
    case 'blocks':
      return goal.blocks.length === 1
        ? `remove memory${goal.blocks[0]}`
        : `remove ${goal.blocks.length} blocks`
    case 'node':
      return `remove all memory of node ${goal.node}`
    case 'size':
      return `remove ${formatExactSize(goal.sizeBytes)}`
  }
}
