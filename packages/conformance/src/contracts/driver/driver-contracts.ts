import type { DriverDefinition } from '@memhp/core/plugin'
import type { Contract } from '../contract'
import { definitionContracts } from './definition'
import { deviceContracts } from './device'
import { type DriverSuiteOptions, driverBench } from './driver-bench'
import { refusalContracts } from './refusal'
import { stateContracts } from './state'

/** What every firmware driver must keep to, as a list: `testDriver` makes tests of it. */
export function driverContracts<Layout>(
  plugin: DriverDefinition<Layout>,
  options: DriverSuiteOptions,
): readonly Contract[] {
  const bench = driverBench(plugin, options)
  return [
    ...definitionContracts(plugin, bench),
    ...deviceContracts(bench),
    ...refusalContracts(bench),
    ...stateContracts(bench),
  ]
}
