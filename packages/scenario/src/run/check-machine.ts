import type { Machine } from '@memhp/core'

/** Checks the invariants of the machine's plugins. @throws InvariantViolation */
export function checkMachine(machine: Machine): void {
  machine.arch.check?.(machine)
  for (const driver of machine.drivers) driver.check?.(machine)
}
