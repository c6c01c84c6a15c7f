import { HotplugError, isAligned, MIB } from '@memhp/core'

/** What an x86 machine of 32 bits is told about its kernel. */
export interface X86NarrowOptions {
  /** CONFIG_X86_PAE: three levels of tables, 36 bits of physical address, sections of 512 MiB. Default true. */
  readonly pae: boolean
  /** Bytes of memory that the kernel maps at most (less with `vmalloc=`): what lies above is HighMem. Default 896 MiB. */
  readonly lowmemBytes: number
  /** sizeof(struct page), a multiple of 8 from 32 to 64. Default 32. */
  readonly structPageBytes: number
}

const DEFAULTS: X86NarrowOptions = { pae: true, lowmemBytes: 896 * MIB, structPageBytes: 32 }

/** A pageblock without PAE: zones end with one. */
const LOWMEM_UNIT = 4 * MIB

/**
 * Checks the `archOptions` of a machine description and fills in defaults.
 * @throws HotplugError BAD_DESCRIPTION that names the option
 */
export function parseNarrowOptions(given: Readonly<Record<string, unknown>>): X86NarrowOptions {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULTS, name))
      refuse(name, `x86_32 has no such option; it has ${Object.keys(DEFAULTS).join(', ')}.`)
  }
  const { pae, lowmemBytes, structPageBytes } = { ...DEFAULTS, ...given }
  if (typeof pae !== 'boolean') refuse('pae', 'must be true or false.')
  if (!isWhole(lowmemBytes, { least: 64 * MIB, most: 896 * MIB, unit: LOWMEM_UNIT }))
    refuse('lowmemBytes', 'must be a multiple of 4 MiB from 64 MiB to 896 MiB.')
  if (!isWhole(structPageBytes, { least: 32, most: 64, unit: 8 }))
    refuse('structPageBytes', 'must be a multiple of 8 from 32 to 64.')
  return { pae, lowmemBytes, structPageBytes }
}

const isWhole = (
  value: unknown,
  { least, most, unit }: { readonly least: number; readonly most: number; readonly unit: number },
): boolean =>
  typeof value === 'number' &&
  Number.isInteger(value) &&
  isAligned(value, unit) &&
  value >= least &&
  value <= most

function refuse(option: string, what: string): never {
  const place = `archOptions.${option}`
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}
