import { ERRNO } from '@memhp/core'
import { INJECTABLE_EVENTS, type InjectOperation } from '../operation'
import { refuse } from './refuse'

/**
 * Checks what an operation makes fail.
 * @param place of the operation: `steps/12/op`
 * @throws HotplugError BAD_TRACE for an event that cannot be made to fail, and for a number that is not an errno
 */
export function checkInjection({ event, errno }: InjectOperation, place: string): void {
  if (!INJECTABLE_EVENTS.includes(event)) {
    const events = INJECTABLE_EVENTS.join(', ')
    refuse(`${place}/event`, `is none of ${events}: no other event can be made to fail.`)
  }
  if (errno !== 0 && !Object.values(ERRNO).some((number) => number === -errno)) {
    refuse(`${place}/errno`, `${errno} is neither 0 nor minus an errno that memhp knows.`)
  }
}
