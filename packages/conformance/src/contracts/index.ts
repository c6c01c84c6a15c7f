// Contract suites for people who write plugins. They run in any test runner, and need fast-check.
import type { ArchDefinition, DriverDefinition } from '@memhp/core/plugin'
import type { ArchSuiteOptions } from './arch/arch-bench'
import { archContracts } from './arch/arch-contracts'
import { type SuiteRun, testContracts } from './contract'
import type { DriverSuiteOptions } from './driver/driver-bench'
import { driverContracts } from './driver/driver-contracts'

export type { ArchSuiteOptions } from './arch/arch-bench'
export { archContracts } from './arch/arch-contracts'
export type { Contract, SuiteRun, TestRunner } from './contract'
export type { DriverSuiteOptions, Residue } from './driver/driver-bench'
export { driverContracts } from './driver/driver-contracts'

/** Tests an architecture plugin: one test for each contract. */
export const testArch = <Options>(
  plugin: ArchDefinition<Options>,
  options: ArchSuiteOptions & SuiteRun,
): void =>
  testContracts(options, {
    name: `arch ${plugin.name}`,
    contracts: archContracts(plugin, options),
  })

/** Tests a firmware driver: one test for each contract. */
export const testDriver = <Layout>(
  plugin: DriverDefinition<Layout>,
  options: DriverSuiteOptions & SuiteRun,
): void =>
  testContracts(options, {
    name: `driver ${plugin.name}`,
    contracts: driverContracts(plugin, options),
  })
