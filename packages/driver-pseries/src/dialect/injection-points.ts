import type { InjectionPoint } from '@memhp/core/plugin'

/** What a failed addition leaves; of several LMBs those that were added are removed again. */
const ADDING = ['kept-tables', 'held-connector']

/** Where DLPAR may fail, beside the points of core: calls of RTAS. */
export const INJECTION_POINTS: readonly InjectionPoint[] = [
  {
    name: 'pseries/sense-connector',
    kind: 'firmware',
    errno: 'EIO',
    what: 'get-sensor-state of a connector',
    leaves: ADDING,
  },
  {
    name: 'pseries/allocate-connector',
    kind: 'firmware',
    errno: 'EIO',
    what: 'set-indicator: a connector becomes usable',
    leaves: ADDING,
  },
  {
    name: 'pseries/unisolate-connector',
    kind: 'firmware',
    errno: 'EIO',
    what: 'set-indicator: a connector is unisolated',
    leaves: ADDING,
  },
  {
    name: 'pseries/isolate-connector',
    kind: 'firmware',
    errno: 'EIO',
    what: 'set-indicator: a connector is isolated',
    leaves: ['device-in-its-slot'],
  },
  {
    name: 'pseries/configure-connector',
    kind: 'firmware',
    errno: 'EIO',
    what: 'ibm,configure-connector',
    leaves: ADDING,
  },
]
