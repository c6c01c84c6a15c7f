// The faults that the suites must catch. Each is applied in a scratch copy, and the tests it names must fail.
import { HOTPLUG_MUTANTS } from './hotplug'
import { MAPPING_MUTANTS } from './mapping'
import { MEMORY_MUTANTS } from './memory'
import type { Mutant } from './mutant'
import { ACPI_MUTANTS, POWERPC_MUTANTS, PSERIES_MUTANTS, X86_MUTANTS } from './plugins'

export const MUTANTS: readonly Mutant[] = [
  ...HOTPLUG_MUTANTS,
  ...MEMORY_MUTANTS,
  ...MAPPING_MUTANTS,
  ...X86_MUTANTS,
  ...POWERPC_MUTANTS,
  ...ACPI_MUTANTS,
  ...PSERIES_MUTANTS,
]
