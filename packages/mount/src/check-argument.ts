import { HotplugError } from '@memhp/core'
import { type Shape, shapeFault } from '@memhp/core/plugin'

/**
 * Refuses what the compiler would not take: programs in JavaScript get here with it.
 * @param place of the value: `options`
 * @throws HotplugError BAD_ARGUMENT (EINVAL) with the place and what would be right
 */
export function checkArgument<T>(place: string, shape: Shape<T>, value: unknown): void {
  const fault = shapeFault(shape, value)
  if (fault === undefined) return
  const where = [place, ...fault.keys].join('.')
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', `${where} ${fault.message}`, {
    detail: { place: where },
  })
}

/** Objects of the library, which are told by what they have: two copies of it may be loaded. */
export const hasKeys =
  (...keys: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'object' && value !== null && keys.every((key) => key in value)

export const isFunction = (value: unknown): boolean => typeof value === 'function'
