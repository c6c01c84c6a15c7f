import type { Machine } from '@memhp/core'
import type { DeviceState, FirmwareDialect } from '@memhp/core/plugin'
import type { Dialects } from '@memhp/topology'
import type { Scope } from './scope'

/** What is left of a firmware device: what its driver knows, and what firmware shows. */
export interface DeviceCensus {
  readonly name: string
  /** Name of the firmware's driver; null for a name that no firmware gives. */
  readonly driver: string | null
  readonly firmware: DeviceState
  /** Ranges that the driver took in, in bytes, `end` exclusive. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[]
}

/** The firmware that gives names of this form; undefined where none does. */
const dialectOf = (name: string, dialects: Dialects): FirmwareDialect | undefined =>
  dialects.find(({ files }) => files.isName(name))

/** Counts what there is of a scope's devices. */
export function countDevices(
  machine: Machine,
  scope: Scope,
  dialects: Dialects,
): readonly DeviceCensus[] {
  const known = new Map(
    machine.drivers
      .flatMap((driver) => driver.devices(machine))
      .map((device) => [device.name, device]),
  )
  const readers = new Map(
    dialects.map(({ driver, census }) => [driver, census.open(machine.tree)] as const),
  )
  return scope.devices.map((name) => {
    const driver = dialectOf(name, dialects)?.driver ?? null
    const ranges = known.get(name)?.ranges.filter(({ enabled }) => enabled) ?? []
    return {
      name,
      driver,
      firmware: readers.get(driver ?? '')?.(name) ?? { state: null, count: 0 },
      ranges: ranges.map(({ start, end }) => ({ start, end })),
    }
  })
}
