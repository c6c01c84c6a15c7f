import { HotplugError } from '@memhp/core'

/** @param place where in the trace: `steps/12/op/path` @throws HotplugError BAD_TRACE */
export function refuse(place: string, what: string): never {
  throw new HotplugError('BAD_TRACE', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}
