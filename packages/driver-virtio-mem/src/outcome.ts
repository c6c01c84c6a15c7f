import type { HotplugError } from '@memhp/core'

/**
 * What a run of the driver comes to. `full`: nothing more can be added until blocks come online. `short`: not all could be
 * done, and it is tried again when a timer runs out. `broken`: an error that the driver does not know.
 * Source: virtio_mem_run_wq, drivers/virtio/virtio_mem.c 6.1; spec 6.4
 */
export type Outcome = 'done' | 'full' | 'short' | 'broken'

/** What the driver makes of a refusal to add memory. */
export function outcomeOf({ errno }: HotplugError): Outcome {
  if (errno === 'ENOSPC') return 'full'
  return errno === 'ENOMEM' || errno === 'EBUSY' ? 'short' : 'broken'
}
