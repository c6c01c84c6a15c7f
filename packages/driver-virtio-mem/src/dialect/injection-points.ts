import type { InjectionPoint } from '@memhp/core/plugin'

/** Where virtio-mem may fail, beside the points of core. */
export const INJECTION_POINTS: readonly InjectionPoint[] = [
  {
    name: 'virtio-mem/reserve-region',
    kind: 'registration',
    errno: 'EBUSY',
    what: 'the line of a device in /proc/iomem',
    leaves: ['device-without-driver'],
  },
  {
    name: 'virtio-mem/plug',
    kind: 'firmware',
    errno: 'EBUSY',
    what: 'the hypervisor’s answer to a request to plug',
    leaves: ['standing-request'],
  },
  {
    name: 'virtio-mem/unplug',
    kind: 'firmware',
    errno: 'EBUSY',
    what: 'the hypervisor’s answer to a request to unplug',
    leaves: ['standing-request'],
  },
  {
    name: 'virtio-mem/take-range',
    kind: 'migration',
    errno: 'EBUSY',
    what: 'the emptying of a range that is to be unplugged',
  },
]
