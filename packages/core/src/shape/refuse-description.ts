import { HotplugError } from '../errors/hotplug-error'
import type { Shape } from './shape'
import { placeOf, shapeFault } from './shape-fault'

/**
 * Refuses a description.
 * @param place in it: `nodes[1].cpus`
 * @param what is wrong there and what would be right, as a sentence
 * @throws HotplugError BAD_DESCRIPTION (EINVAL) with the place
 * @beta
 */
export function refuseDescription(place: string, what: string): never {
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}

/**
 * Checks a part of a description.
 * @param place of the part: `archOptions`; an empty text is the whole
 * @throws HotplugError BAD_DESCRIPTION (EINVAL) that names the place of what is wrong, and what would be right
 * @beta
 */
export function checkDescribed<T>(
  shape: Shape<T>,
  value: unknown,
  place: string,
): asserts value is T {
  const fault = shapeFault(shape, value)
  if (fault === undefined) return
  const keys = place === '' ? fault.keys : [place, ...fault.keys]
  refuseDescription(placeOf({ ...fault, keys }) || 'the description', fault.message)
}
