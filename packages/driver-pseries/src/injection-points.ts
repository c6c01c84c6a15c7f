import type { InjectionPoint } from '@memhp/core/plugin'

const rtas = (name: string, what: string, leaves: readonly string[]): InjectionPoint => ({
  name: `pseries/${name}`,
  kind: 'firmware',
  errno: 'EIO',
  what,
  leaves,
})

/** Where DLPAR may fail, beside the points of core: calls of RTAS. */
export const INJECTION_POINTS: readonly InjectionPoint[] = [
  rtas('sense-connector', 'get-sensor-state of a connector', ['held-connector']),
  rtas('allocate-connector', 'set-indicator: a connector becomes usable', ['held-connector']),
  rtas('unisolate-connector', 'set-indicator: a connector is unisolated', ['held-connector']),
  rtas('isolate-connector', 'set-indicator: a connector is isolated', ['device-in-its-slot']),
  rtas('configure-connector', 'ibm,configure-connector', ['held-connector']),
]
