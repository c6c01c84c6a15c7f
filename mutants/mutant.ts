/** A fault that somebody could make, and that a test must catch. */
export interface Mutant {
  /** `zone-span-stays`. */
  readonly id: string
  /** What is wrong then, in one sentence. */
  readonly fault: string
  /** Source file, from the root of the repository. */
  readonly file: string
  /** Text that occurs once in the file, and what takes its place. */
  readonly from: string
  readonly to: string
  /** Test files of which at least one test must fail, quickest first. */
  readonly tests: readonly string[]
}

/** Mutants of one package: file names without it, and tests with short names. */
export const mutantsOf = (
  folder: string,
  list: readonly (Omit<Mutant, 'tests'> & { readonly tests: readonly TestName[] })[],
): readonly Mutant[] =>
  list.map((mutant) => ({
    ...mutant,
    file: `${folder}/src/${mutant.file}`,
    tests: mutant.tests.map((name) => TESTS[name]),
  }))

const CONFORMANCE = 'packages/conformance/tests'
const CORE = 'packages/core'

/** The test files that mutants name. */
const TESTS = {
  'arch-x86 contracts': `${CONFORMANCE}/contracts/arch-x86.test.ts`,
  'arch-powerpc contracts': `${CONFORMANCE}/contracts/arch-powerpc.test.ts`,
  'driver-acpi contracts': `${CONFORMANCE}/contracts/driver-acpi.test.ts`,
  'driver-pseries contracts': `${CONFORMANCE}/contracts/driver-pseries.test.ts`,
  'block states': `${CONFORMANCE}/block-states.test.ts`,
  ejection: `${CONFORMANCE}/ejection.test.ts`,
  mapping: `${CONFORMANCE}/mapping.test.ts`,
  'not rolled back': `${CONFORMANCE}/not-rolled-back.test.ts`,
  notifiers: `${CONFORMANCE}/notifiers.test.ts`,
  parsers: `${CONFORMANCE}/parsers.test.ts`,
  pseries: `${CONFORMANCE}/pseries.test.ts`,
  ranges: `${CONFORMANCE}/ranges.prop.test.ts`,
  removal: `${CONFORMANCE}/removal.test.ts`,
  spans: `${CONFORMANCE}/spans.test.ts`,
  sweep: `${CONFORMANCE}/sweep.test.ts`,
  'worked example': `${CONFORMANCE}/worked-example.test.ts`,
  'zone choice': `${CONFORMANCE}/zone-choice.test.ts`,
  'block table': `${CORE}/src/block/block-table.test.ts`,
  transaction: `${CORE}/src/hotplug/transaction.test.ts`,
  huge: `${CORE}/src/page/huge.test.ts`,
  isolate: `${CORE}/src/page/isolate.test.ts`,
  migrate: `${CORE}/src/page/migrate.test.ts`,
  'online range': `${CORE}/src/page/online-range.test.ts`,
  page: `${CORE}/src/page/page.prop.test.ts`,
  'map and unmap': `${CORE}/tests/mapping/map-unmap.prop.test.ts`,
  'split leaf': `${CORE}/tests/mapping/split-leaf.test.ts`,
  'unmap range': `${CORE}/tests/mapping/unmap-range.test.ts`,
  vmemmap: `${CORE}/tests/mapping/vmemmap.prop.test.ts`,
  'x86 block size': 'packages/arch-x86/src/block-size.test.ts',
  'x86 tables': 'packages/arch-x86/tests/add-remove.test.ts',
  'powerpc tables': 'packages/arch-powerpc/tests/add-remove.prop.test.ts',
  'hash table': 'packages/arch-powerpc/tests/hash-table.test.ts',
  'acpi placement': 'packages/driver-acpi/src/platform/placement.test.ts',
  'acpi eject': 'packages/driver-acpi/tests/eject.test.ts',
  'acpi attach': 'packages/driver-acpi/tests/attach.test.ts',
  dlpar: 'packages/driver-pseries/tests/dlpar.test.ts',
} as const

type TestName = keyof typeof TESTS
