import type { Step } from './step'

/**
 * What a step may have in it, and some invariants speak of alone. `write`: to a block that stays. `lost blocks`: some
 * that are gone. `ejection`: was asked for.
 */
export type StepPart =
  | 'write'
  | 'attempt'
  | 'blocks'
  | 'lost blocks'
  | 'notices'
  | 'platform'
  | 'addition'
  | 'removal'
  | 'ejection'

const HAS: Readonly<Record<StepPart, (step: Step) => boolean>> = {
  write: ({ write }) => write !== undefined,
  attempt: ({ attempt }) => attempt !== undefined,
  blocks: ({ blocks }) => blocks.length > 0,
  'lost blocks': ({ blocks }) => blocks.some(({ is }) => is === undefined),
  notices: ({ notices }) => notices.length > 0,
  platform: ({ platform }) => platform.length > 0,
  addition: ({ operation }) => operation.op === 'add',
  removal: ({ operation }) => operation.op === 'remove',
  ejection: ({ asksFor, operation }) =>
    asksFor !== null || (operation.op === 'write' && operation.path.endsWith('/eject')),
}

/** Whether a step has a part. */
export const hasPart = (step: Step, part: StepPart): boolean => HAS[part](step)

const PARTS = Object.entries(HAS).map(([, has], i) => ({ has, value: 2 ** i }))

/** A number that is the same for steps that have the same parts. */
export function numberOfParts(step: Step): number {
  let number = 0
  for (const { has, value } of PARTS) if (has(step)) number += value
  return number
}
