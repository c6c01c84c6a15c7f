import type { InjectionPoint } from '@memhp/core/plugin'

/** What a failed addition leaves; of several LMBs those that were added are removed again. */
const ADDING = ['kept-tables', 'held-connector']

const rtas = (name: string, what: string, leaves: readonly string[]): InjectionPoint => ({
  name: `pseries/${name}`,
  kind: 'firmware',
  errno: 'EIO',
  what,
  leaves,
})

/** Where DLPAR may fail, beside the points of core: calls of RTAS. */
export const INJECTION_POINTS: readonly InjectionPoint[] = [
  rtas('sense-connector', 'get-sensor-state of a connector', ADDING),
  rtas('allocate-connector', 'set-indicator: a connector becomes usable', ADDING),
  rtas('unisolate-connector', 'set-indicator: a connector is unisolated', ADDING),
  rtas('isolate-connector', 'set-indicator: a connector is isolated', ['device-in-its-slot']),
  rtas('configure-connector', 'ibm,configure-connector', ADDING),
]
