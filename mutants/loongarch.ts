import type { Mutant } from './mutant'

/** LoongArch: what stays of its struct pages, and where devices lie. */
export const LOONGARCH_MUTANTS: readonly Mutant[] = [
  {
    id: 'loongarch-memmap-goes',
    fault: 'Struct pages of LoongArch are those of each section alone, and go with it.',
    in: 'archOf',
    package: 'arch-loongarch',
    from: "windowMemmap === 'vmemmap' ? neverFreed('vmemmap') : PER_SECTION_MEMMAP",
    to: 'PER_SECTION_MEMMAP',
    tests: ['arch-loongarch/recorded-tables'],
  },
  {
    id: 'loongarch-struct-page-64',
    fault: 'A struct page of LoongArch has 64 bytes.',
    in: 'STRUCT_PAGE',
    from: '80',
    to: '64',
    tests: ['arch-loongarch/recorded-tables'],
  },
  {
    id: 'loongarch-leaf-not-global',
    fault: 'A leaf above the last level is global by the bit of pages.',
    in: 'entryFormat',
    from: 'orWords(pageBits, bitWords(HUGE_GLOBAL))',
    to: 'pageBits',
    tests: ['arch-loongarch/entries'],
  },
  {
    id: 'loongarch-memmap-before-6-2',
    fault: 'Kernels before 6.2 have a vmemmap on LoongArch.',
    in: 'V6_1',
    from: "windowMemmap: 'per-section'",
    to: "windowMemmap: 'vmemmap'",
    tests: ['arch-loongarch/recorded-tables'],
  },
  {
    id: 'loongarch-devices-at-a-gib',
    fault: 'Memory devices of LoongArch begin at a GiB.',
    in: 'LOONGARCH_VIRT',
    from: '2 * MIB',
    to: 'GIB',
    tests: ['conformance/replay'],
  },
  {
    id: 'refused-devices-are-forgotten',
    fault: 'A memory device that was refused is not tried again with the next.',
    in: 'scanBus',
    from: 'isRefused(machine, each, device)',
    to: 'false',
    tests: ['driver-acpi/retry'],
  },
]
