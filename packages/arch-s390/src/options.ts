import { GIB, HotplugError, isPowerOfTwo, MIB } from '@memhp/core'

/** What an s390x machine is told about its processor and kernel. */
export interface S390Options {
  /** Enhanced DAT: 0 without it, 1 with leaves of 1 MiB, 2 with leaves of 2 GiB as well. Default 2. */
  readonly edat: 0 | 1 | 2
  /** Bytes of a section, 256 or 128 MiB. Default: that of the kernel's generation. */
  readonly sectionBytes: number | null
  /** Bytes of a storage increment, a power of two from 1 MiB: no block is smaller. Default 1 MiB. */
  readonly incrementBytes: number
  /** Bytes of memory that the hypervisor tells of, standby memory too: the end of the identity map. Default: all that tables reach. */
  readonly maxMemoryBytes: number | null
}

/** Bytes that a section may have. */
export const SECTION_SIZES: readonly number[] = [128 * MIB, 256 * MIB]

const DEFAULTS: S390Options = {
  edat: 2,
  sectionBytes: null,
  incrementBytes: MIB,
  maxMemoryBytes: null,
}

/**
 * Checks the `archOptions` of a machine description and fills in defaults.
 * @throws HotplugError BAD_DESCRIPTION that names the option
 */
export function parseOptions(given: Readonly<Record<string, unknown>>): S390Options {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULTS, name))
      refuse(name, `s390x has no such option; it has ${Object.keys(DEFAULTS).join(', ')}.`)
  }
  const options = { ...DEFAULTS, ...given }
  const { edat, sectionBytes, incrementBytes, maxMemoryBytes } = options
  if (![0, 1, 2].includes(edat)) refuse('edat', 'must be 0, 1 or 2.')
  if (sectionBytes !== null && !SECTION_SIZES.includes(sectionBytes))
    refuse('sectionBytes', `must be ${SECTION_SIZES.join(' or ')}, or null.`)
  if (!isPowerOfTwo(incrementBytes) || incrementBytes < MIB || incrementBytes > 64 * GIB)
    refuse('incrementBytes', 'must be a power of two from 1 MiB to 64 GiB.')
  if (maxMemoryBytes !== null && !(Number.isSafeInteger(maxMemoryBytes) && maxMemoryBytes > 0))
    refuse('maxMemoryBytes', 'must be a whole number of bytes above 0, or null.')
  return options
}

function refuse(option: string, what: string): never {
  const place = `archOptions.${option}`
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}
