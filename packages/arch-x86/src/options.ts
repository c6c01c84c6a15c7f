import { HotplugError } from '@memhp/core'

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

const DEFAULTS: X86Options = {
  levels: 4,
  gbpages: true,
  largePages: true,
  structPageBytes: 64,
  hypervisor: true,
}

/**
 * Checks the `archOptions` of a machine description and fills in defaults.
 * @throws HotplugError BAD_DESCRIPTION that names the option
 */
export function parseOptions(given: Readonly<Record<string, unknown>>): X86Options {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      refuse(name, `x86_64 has no such option; it has ${Object.keys(DEFAULTS).join(', ')}.`)
    }
  }
  const options = { ...DEFAULTS, ...given }
  const { levels, gbpages, largePages, structPageBytes, hypervisor } = options
  if (levels !== 4 && levels !== 5) refuse('levels', 'must be 4 or 5.')
  if (typeof gbpages !== 'boolean') refuse('gbpages', 'must be true or false.')
  if (typeof largePages !== 'boolean') refuse('largePages', 'must be true or false.')
  if (typeof hypervisor !== 'boolean') refuse('hypervisor', 'must be true or false.')
  if (!isStructPageSize(structPageBytes)) {
    refuse('structPageBytes', 'must be a multiple of 8 from 56 to 96.')
  }
  return { levels, gbpages, largePages, structPageBytes, hypervisor }
}

const isStructPageSize = (bytes: number): boolean =>
  Number.isInteger(bytes) && bytes % 8 === 0 && bytes >= 56 && bytes <= 96

function refuse(option: string, what: string): never {
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `archOptions.${option}: ${what}`, {
    detail: { place: `archOptions.${option}` },
  })
}
