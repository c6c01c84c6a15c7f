import {
  checkDescribed,
  checkedShape,
  choiceShape,
  FLAG_SHAPE,
  optionalShape,
  recordShape,
} from '@memhp/core/plugin'

/** What an x86-64 machine is told about its processor and kernel. */
export interface X86Options {
  /** Levels of page tables: 5 where LA57 is in use. Default 4. */
  readonly levels: 4 | 5
  /** The direct map may use 1 GiB leaves (pdpe1gb, and not `nogbpages`). Default true. */
  readonly gbpages: boolean
  /** The direct map may use leaves larger than a page (false with `debug_pagealloc`). Default true. */
  readonly largePages: boolean
  /** sizeof(struct page), a multiple of 8 from 56 to 96. Default 64. */
  readonly structPageBytes: number
  /** The machine is a guest, which decides the size of memory blocks from 64 GiB up. Default true. */
  readonly hypervisor: boolean
}

const optionsShape = () =>
  recordShape<Partial<X86Options>>({
    levels: optionalShape(choiceShape(4, 5)),
    gbpages: optionalShape(FLAG_SHAPE),
    largePages: optionalShape(FLAG_SHAPE),
    structPageBytes: optionalShape(checkedShape('a multiple of 8 from 56 to 96', isStructPageSize)),
    hypervisor: optionalShape(FLAG_SHAPE),
  })

/**
 * Checks the `archOptions` of a machine description and fills in defaults.
 * @throws HotplugError BAD_DESCRIPTION that names the option
 */
export function parseOptions(given: Readonly<Record<string, unknown>>): X86Options {
  checkDescribed(optionsShape(), given, 'archOptions')
  const options: Partial<X86Options> = given
  const { levels = 4, gbpages = true, largePages = true } = options
  const { structPageBytes = 64, hypervisor = true } = options
  return { levels, gbpages, largePages, structPageBytes, hypervisor }
}

const isStructPageSize = (bytes: unknown): boolean =>
  typeof bytes === 'number' && bytes % 8 === 0 && bytes >= 56 && bytes <= 96
