import { HotplugError } from '../errors/hotplug-error'
import type { Machine } from '../model/machine'
import type { Subsystems } from '../model/subsystem'

/** What each is for, and the export that it is. */
const NAMES: Readonly<Record<keyof Subsystems, string>> = {
  memoryFailure: 'MEMORY_FAILURE',
  hugePages: 'HUGE_PAGES',
  autoMovable: 'AUTO_MOVABLE',
  errorInjection: 'ERROR_INJECTION',
  pageMonitor: 'PAGE_MONITOR',
  kernelLog: 'KERNEL_LOG',
  rereading: 'REREADING',
}

/**
 * A part of the kernel that a program brings.
 * @param user what needs it, for the message
 * @throws HotplugError UNKNOWN_PLUGIN (EOPNOTSUPP) where the machine was made without
 */
export function subsystemOf<Name extends keyof Subsystems>(
  { subsystems }: Pick<Machine, 'subsystems'>,
  name: Name,
  user: string,
): NonNullable<Subsystems[Name]> {
  const found = subsystems[name]
  if (found !== undefined) return found
  const text = `${user}: needs subsystems: { ${name}: ${NAMES[name]} }, or SUBSYSTEMS, of @memhp/core beside archs and drivers.`
  throw new HotplugError('UNKNOWN_PLUGIN', 'EOPNOTSUPP', text, { detail: { subsystem: name } })
}
