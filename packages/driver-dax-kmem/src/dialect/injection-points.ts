import type { InjectionPoint } from '@memhp/core/plugin'

/** Where kmem may fail, beside the points of core. */
export const INJECTION_POINTS: readonly InjectionPoint[] = [
  {
    name: 'dax-kmem/data',
    kind: 'allocation',
    errno: 'ENOMEM',
    what: 'what kmem keeps of a device',
    leaves: ['known-name'],
  },
  {
    name: 'dax-kmem/region',
    kind: 'registration',
    errno: 'EBUSY',
    what: 'the line of a device in /proc/iomem',
    leaves: ['known-name'],
  },
]
