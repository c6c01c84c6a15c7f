import type { Errno } from '../errors/errno'
import { HotplugError } from '../errors/hotplug-error'
import type { KernelCode } from '../model/kernel-code'

/**
 * A kernel with a limit gives up: at once over a page that is no longer on the LRU, after some failures for want of memory,
 * else when the time is over. Source: __offline_pages, Linux 3.6; series of 2012, section 4.5.1.
 */
export const gaveUp: KernelCode['gaveUp'] = ({ id }, failed, { seconds, hardFailures }) => {
  const reason = failed[0]?.reason
  const [errno, after]: readonly [Errno, string] =
    reason === undefined
      ? ['EBUSY', 'a last look at its pages']
      : reason === 'no-memory'
        ? ['ENOMEM', `${hardFailures} failures`]
        : ['EAGAIN', `${seconds} s`]
  const text = `memory${id}: the kernel gave up after ${after}; pages that are left: ${failed.length}.`
  return new HotplugError('OFFLINE_GAVE_UP', errno, text, {
    detail: { block: id, failed: failed.slice(0, 16), pagesLeft: failed.length },
  })
}
