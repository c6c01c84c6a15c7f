import type { Mutant } from './mutant'

/** RISC-V: where its regions begin, and which tables are there from boot on. */
export const RISCV_MUTANTS: readonly Mutant[] = [
  {
    id: 'riscv-tables-as-needed',
    fault: 'Tables below the top of RISC-V come as they are needed.',
    in: 'riscvMapping',
    from: "secondTables: 'at-boot'",
    to: "secondTables: 'as-needed'",
    tests: ['arch-riscv/recorded-tables'],
  },
  {
    id: 'riscv-memmap-from-ram',
    fault: 'The vmemmap of RISC-V begins with the memory of boot.',
    in: 'riscvMapping',
    from: 'alignDown(start, MEMMAP_ALIGNMENT)',
    to: 'start',
    tests: ['arch-riscv/recorded-tables'],
  },
  {
    id: 'riscv-memmap-of-8-entries',
    fault: 'The vmemmap of RISC-V takes twice the room.',
    in: 'TOP_ENTRIES',
    from: 'memmap: 4n',
    to: 'memmap: 8n',
    tests: ['arch-riscv/recorded-tables'],
  },
  {
    id: 'riscv-number-unshifted',
    fault: 'Entries of RISC-V hold addresses, not page numbers.',
    in: 'NUMBER_SHIFT',
    from: '2',
    to: '0',
    tests: ['arch-riscv/entries'],
  },
  {
    id: 'second-tables-of-boot-forgotten',
    fault: 'An entry of the top level that boot made leads nowhere where nothing is mapped.',
    in: 'bootEntry',
    from: 'mapping === undefined && leadsOn(tables, level)',
    to: 'false',
    tests: ['boot-tables'],
  },
]
