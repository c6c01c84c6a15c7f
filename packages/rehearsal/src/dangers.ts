import { type Machine, rangesOverlap } from '@memhp/core'
import type { Plan, PlanWarning } from '@memhp/planner'

/**
 * What may go wrong on the kernel of a machine although the plan is right: each by the number of its defect (docs/defects.md).
 */
export function dangersOf(machine: Machine, { blocks }: Plan): readonly PlanWarning[] {
  const { device } = machine.generation.rules
  if (device.failedRemoval !== 'ejected') return []
  const ranges = machine.drivers
    .flatMap((driver) => driver.devices(machine))
    .flatMap((each) => each.ranges)
  if (!blocks.some((block) => ranges.some((range) => rangesOverlap(range, block)))) return []
  const message =
    `Danger (D18): ${machine.generation.name} pulls a device out although its memory could not be removed, and memory in use is gone. ` +
    'Eject it only when all of its blocks are offline, as this plan takes them; never by firmware or by hand while one is online.'
  return [{ kind: 'pulled-out-in-use', message }]
}
