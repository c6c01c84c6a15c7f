import { HotplugError } from '@memhp/core'

/** @param place where in the trace: `steps/12/op/path` @throws HotplugError BAD_TRACE */
export function refuse(place: string, what: string): never {
  throw new HotplugError('BAD_TRACE', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}

/** @param place where it shows that the text is something else @throws HotplugError NOT_A_TRACE */
export function refuseKind(place: string, what: string): never {
  throw new HotplugError('NOT_A_TRACE', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}
