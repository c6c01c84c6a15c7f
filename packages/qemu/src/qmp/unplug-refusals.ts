import type { QmpClient } from './client'
import type { Unsubscribe } from './event-hub'
import { explainOst, isFinalOst } from './ost'

/**
 * Hears of guests that do not let go of a device that they were asked for, in words. Kernels by ACPI tell of it by `_OST`, those of
 * POWER by an error of the unplug; some say nothing.
 */
export function onUnplugRefused(qmp: QmpClient, listener: (why: string) => void): Unsubscribe {
  const subscriptions = [
    qmp.on('ACPI_DEVICE_OST', ({ data: { info } }) => {
      if (info.status !== 0 && isFinalOst(info)) listener(explainOst(info))
    }),
    qmp.on('MEM_UNPLUG_ERROR', ({ data }) => listener(data.msg)),
    qmp.on('DEVICE_UNPLUG_GUEST_ERROR', ({ data }) =>
      listener(`the guest refused to unplug ${data.device ?? data.path}`),
    ),
  ]
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe()
  }
}
