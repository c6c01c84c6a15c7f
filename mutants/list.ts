// The faults that the suites must catch. Each is applied in a scratch copy, and the tests it names must fail.
import { HOTPLUG_MUTANTS } from './hotplug'
import { MAPPING_MUTANTS } from './mapping'
import { MEMORY_MUTANTS } from './memory'
import { type Mutant, mutantsOf } from './mutant'
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

/** What the runner must not take for a catch. */
export const CONTROLS: readonly {
  readonly mutant: Mutant
  readonly answer: 'passed' | 'broken'
}[] = mutantsOf('packages/driver-acpi', [
  {
    id: 'nothing-changes',
    fault: 'A change that nobody can notice.',
    file: 'platform/placement.ts',
    from: 'let start = alignUp(window.start, alignmentBytes)',
    to: 'let start = alignUp(window.start, 1 * alignmentBytes)',
    tests: ['acpi placement'],
  },
  {
    id: 'no-syntax',
    fault: 'A file that cannot be read.',
    file: 'platform/placement.ts',
    from: 'let start = alignUp(window.start, alignmentBytes)',
    to: 'let start = = alignUp(window.start, alignmentBytes)',
    tests: ['acpi placement'],
  },
  {
    id: 'no-import',
    fault: 'An import of what is not there.',
    file: 'platform/placement.ts',
    from: "from '@memhp/core'",
    to: "from '@memhp/nowhere'",
    tests: ['acpi placement'],
  },
  {
    id: 'no-such-text',
    fault: 'A text that the file does not hold.',
    file: 'platform/placement.ts',
    from: 'let start = alignUp(window.begin, alignmentBytes)',
    to: '',
    tests: ['acpi placement'],
  },
]).map((mutant) => ({ mutant, answer: mutant.id === 'nothing-changes' ? 'passed' : 'broken' }))
