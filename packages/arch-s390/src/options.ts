import { GIB, HotplugError, isPowerOfTwo, MIB } from '@memhp/core'

/** What an s390x machine is told about its processor and kernel. */
export interface S390Options {
  /** Enhanced DAT: 0 without it, 1 with leaves of 1 MiB, 2 with leaves of 2 GiB as well. Default 2. */
  readonly edat: 0 | 1 | 2
  /** Bytes of a section: 256 MiB (default), or 128 MiB as in Linux 7.2. */
  readonly sectionBytes: number
  /** Bytes of a storage increment, a power of two from 1 MiB: no block is smaller. Default 1 MiB. */
  readonly incrementBytes: number
  /** Bytes that a page table takes: 2 KiB, two to a page (default), or a page for itself as in Linux 6.7 and later. */
  readonly pageTableBytes: 2048 | 4096
  /** Bytes of memory that the hypervisor tells of, standby memory too: the end of the identity map. Default: all that tables reach. */
  readonly maxMemoryBytes: number | null
}

const DEFAULTS: S390Options = {
  edat: 2,
  sectionBytes: 256 * MIB,
  incrementBytes: MIB,
  pageTableBytes: 2048,
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
  const { edat, sectionBytes, incrementBytes, pageTableBytes, maxMemoryBytes } = options
  if (![0, 1, 2].includes(edat)) refuse('edat', 'must be 0, 1 or 2.')
  if (sectionBytes !== 256 * MIB && sectionBytes !== 128 * MIB)
    refuse('sectionBytes', `must be ${256 * MIB} or ${128 * MIB}.`)
  if (!isPowerOfTwo(incrementBytes) || incrementBytes < MIB || incrementBytes > 64 * GIB)
    refuse('incrementBytes', 'must be a power of two from 1 MiB to 64 GiB.')
  if (pageTableBytes !== 2048 && pageTableBytes !== 4096)
    refuse('pageTableBytes', 'must be 2048 or 4096.')
  if (maxMemoryBytes !== null && !(Number.isSafeInteger(maxMemoryBytes) && maxMemoryBytes > 0))
    refuse('maxMemoryBytes', 'must be a whole number of bytes above 0, or null.')
  return options
}

function refuse(option: string, what: string): never {
  const place = `archOptions.${option}`
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}
