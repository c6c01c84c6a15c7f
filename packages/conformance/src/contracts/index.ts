// Contract suites for people who write plugins. They run in any test runner, and need fast-check.
import type { ArchDefinition, DriverDefinition } from '@memhp/core/plugin'
import type { ArchSuiteOptions } from './arch/arch-bench'
import { archContracts } from './arch/arch-contracts'
import { type TestRunner, testContracts } from './contract'
import type { DriverSuiteOptions } from './driver/driver-bench'
import { driverContracts } from './driver/driver-contracts'

export type { ArchSuiteOptions } from './arch/arch-bench'
export { archContracts } from './arch/arch-contracts'
export type { Contract, TestRunner } from './contract'
export type { DriverSuiteOptions, Residue } from './driver/driver-bench'
export { driverContracts } from './driver/driver-contracts'

const titled = (name: string, title: string | undefined): string =>
  title === undefined ? name : `${name}, ${title}`

/** Tests an architecture plugin: one test for each contract. */
export function testArch<Options>(
  plugin: ArchDefinition<Options>,
  options: ArchSuiteOptions & { readonly runner: TestRunner },
): void {
  const { runner, ...suite } = options
  testContracts(runner, {
    name: `arch ${titled(plugin.name, options.title)}`,
    contracts: archContracts(plugin, suite),
  })
}

/** Tests a firmware driver: one test for each contract. */
export function testDriver<Layout>(
  plugin: DriverDefinition<Layout>,
  options: DriverSuiteOptions & { readonly runner: TestRunner },
): void {
  const { runner, ...suite } = options
  testContracts(runner, {
    name: `driver ${titled(plugin.name, options.title)}`,
    contracts: driverContracts(plugin, suite),
  })
}
