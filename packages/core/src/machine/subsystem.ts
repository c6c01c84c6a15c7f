import type { Errno } from '../errors/errno'
import { HotplugError } from '../errors/hotplug-error'
import type { Machine } from '../model/machine'
import type { Subsystems } from '../model/subsystem'

/** The export that a part is: its name, in the case of constants. */
const exportOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

/**
 * A part of the kernel that a program brings.
 * @param user what needs it, for the message
 * @param errno for a program that asks
 * @throws HotplugError UNKNOWN_PLUGIN where the machine was made without
 */
export function subsystemOf<Name extends keyof Subsystems>(
  { subsystems }: Pick<Machine, 'subsystems'>,
  name: Name,
  user: string,
  errno: Errno = 'EOPNOTSUPP',
): NonNullable<Subsystems[Name]> {
  const found = subsystems[name]
  if (found !== undefined) return found
  const text = `${user}: needs subsystems: { ${name}: ${exportOf(name)} }, or SUBSYSTEMS, of @memhp/core beside archs and drivers.`
  throw new HotplugError('UNKNOWN_PLUGIN', errno, text, { detail: { subsystem: name } })
}
