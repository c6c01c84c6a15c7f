import type { DriverDefinition } from '@memhp/core/plugin'
import type { Contract } from '../contract'
import { definitionContracts } from './definition'
import { deviceContracts } from './device'
import { type DriverBench, type DriverSuiteOptions, driverBench } from './driver-bench'
import { refusalContracts } from './refusal'
import { standbyContracts } from './standby'
import { stateContracts } from './state'

/**
 * What every firmware driver must keep to, as a list: `testDriver` makes tests of it. A driver without slots is not asked
 * for devices but for the memory that it has from boot.
 */
export function driverContracts<Layout>(
  plugin: DriverDefinition<Layout>,
  options: DriverSuiteOptions,
): readonly Contract[] {
  const bench = driverBench(plugin, options)
  return [
    ...definitionContracts(plugin, bench),
    ...(options.slots === 0 ? standbyContracts(bench) : pluggingContracts(bench)),
  ]
}

const pluggingContracts = (bench: DriverBench): readonly Contract[] => [
  ...deviceContracts(bench),
  ...refusalContracts(bench),
  ...stateContracts(bench),
]
