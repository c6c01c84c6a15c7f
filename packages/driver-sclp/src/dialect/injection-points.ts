import type { InjectionPoint } from '@memhp/core/plugin'

/** Where standby memory may fail, beside the points of core. */
export const INJECTION_POINTS: readonly InjectionPoint[] = [
  {
    name: 'sclp/assign-storage',
    kind: 'firmware',
    errno: 'EIO',
    what: 'the assignment of a storage increment',
    leaves: ['assigned-storage'],
  },
]
