// The faults that the suites must catch. Each is applied in a scratch copy, and the tests it names must fail.
import { ARM64_MUTANTS } from './arm64'
import { BOOT_MUTANTS } from './boot'
import { DAX_MUTANTS } from './dax'
import { DEFECT_MUTANTS } from './defects'
import { FAULT_MUTANTS } from './faults'
import { HOTPLUG_MUTANTS } from './hotplug'
import { LOONGARCH_MUTANTS } from './loongarch'
import { MAPPING_MUTANTS } from './mapping'
import { MEMORY_MUTANTS } from './memory'
import type { Mutant } from './mutant'
import { PLANNING_MUTANTS } from './planning'
import {
  ACPI_MUTANTS,
  OTHER_ARCHS_MUTANTS,
  PARTS_MUTANTS,
  X86_32_MUTANTS,
  X86_MUTANTS,
} from './plugins'
import { POWERPC_MUTANTS, PSERIES_MUTANTS } from './power'
import { REPLAY_MUTANTS } from './replay'
import { RISCV_MUTANTS } from './riscv'
import { SERIES_MUTANTS } from './series'
import { VIRTIO_MEM_MUTANTS } from './virtio-mem'

export const MUTANTS: readonly Mutant[] = [
  ...HOTPLUG_MUTANTS,
  ...MEMORY_MUTANTS,
  ...BOOT_MUTANTS,
  ...MAPPING_MUTANTS,
  ...PARTS_MUTANTS,
  ...X86_MUTANTS,
  ...X86_32_MUTANTS,
  ...POWERPC_MUTANTS,
  ...ARM64_MUTANTS,
  ...LOONGARCH_MUTANTS,
  ...RISCV_MUTANTS,
  ...OTHER_ARCHS_MUTANTS,
  ...ACPI_MUTANTS,
  ...PSERIES_MUTANTS,
  ...VIRTIO_MEM_MUTANTS,
  ...DAX_MUTANTS,
  ...REPLAY_MUTANTS,
  ...SERIES_MUTANTS,
  ...DEFECT_MUTANTS,
  ...FAULT_MUTANTS,
  ...PLANNING_MUTANTS,
]

/** What the runner must not take for a catch. */
export const CONTROLS: readonly {
  readonly mutant: Mutant
  readonly answer: 'passed' | 'broken'
}[] = [
  {
    answer: 'passed',
    mutant: {
      id: 'nothing-changes',
      fault: 'A change without an effect.',
      in: 'placeFirstFit',
      from: 'alignUp(window.start, alignmentBytes)',
      to: 'alignUp(window.start, 1 * alignmentBytes)',
      tests: ['placement'],
    },
  },
  {
    answer: 'broken',
    mutant: {
      id: 'no-syntax',
      fault: 'A file that cannot be parsed.',
      in: 'placeFirstFit',
      from: 'alignUp(window.start, alignmentBytes)',
      to: '= alignUp(window.start, alignmentBytes)',
      tests: ['placement'],
    },
  },
  {
    answer: 'broken',
    mutant: {
      id: 'no-module',
      fault: 'A module that throws as it is loaded.',
      in: 'GIB',
      from: '1024 ** 3',
      to: 'unknownName ** 3',
      tests: ['placement'],
    },
  },
]
