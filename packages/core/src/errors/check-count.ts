import { HotplugError } from './hotplug-error'

/**
 * Holds a caller to numbers of which there can be as many.
 * @param what the number as callers call it: `pageCount`
 * @throws HotplugError BAD_ARGUMENT (EINVAL) for what is not a whole number from 0 to 2^53
 */
export function checkCount(what: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 0) return
  const text = `${what} is a whole number from 0 to 2^53, not ${count}.`
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { [what]: count } })
}
