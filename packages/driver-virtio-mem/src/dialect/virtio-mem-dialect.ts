import type { FirmwareDialect } from '@memhp/core/plugin'
import { VIRTIO_MEM_READING } from './reading'
import { VIRTIO_MEM_WALK } from './walk'

/** virtio-mem for clients. No file removes its memory: the hypervisor asks for it. */
export const virtioMemDialect: FirmwareDialect = {
  ...VIRTIO_MEM_READING,
  census: {
    thing: 'plugged bytes',
    sum: 'plugged bytes',
    shown: 'together',
    record: null,
    open: () => () => ({ state: null, count: 0 }),
  },
  walk: VIRTIO_MEM_WALK,
}
