import type { FirmwareDialect, Random } from '@memhp/core/plugin'
import { VIRTIO_MEM_READING } from './reading'

const MIB = 2 ** 20
const GIB = 2 ** 30

/** Devices far above all that a simulation boots with. */
function drawConfig(random: Random): object {
  const blockBytes = random.pick([2, 4, 64, 256]) * MIB
  const maxBytes = random.pick([1, 2]) * GIB
  const requestedBytes = random.below(maxBytes / blockBytes + 1) * blockBytes
  return { devices: [{ id: 'vm0', maxBytes, blockBytes, requestedBytes, address: 64 * GIB }] }
}

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
  walk: { archs: ['x86_64'], drawConfig, requests: [] },
}
