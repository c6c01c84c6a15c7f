import { HotplugError, KIB, MIB } from '@memhp/core'

/** How the kernel of an SH machine was built. */
export interface ShOptions {
  /** Bytes of a base page: 4 (default), 8 or 64 KiB. */
  readonly pageBytes: number
  /**
   * `29-bit` (default): segment P1 is a window over the first 512 MiB of physical addresses. `pmb`: 32 bits, entries of the
   * privileged mapping buffer map memory into P1 and P2.
   */
  readonly addressing: '29-bit' | 'pmb'
  /** Bytes of a huge page, which pageblocks follow; null (default) for a kernel without them. */
  readonly hugePageBytes: number | null
}

const DEFAULTS: ShOptions = { pageBytes: 4 * KIB, addressing: '29-bit', hugePageBytes: null }

/** What each option may be. Source: arch/sh/mm/Kconfig 3.6. */
const MAY_BE: { readonly [K in keyof ShOptions]: readonly ShOptions[K][] } = {
  pageBytes: [4 * KIB, 8 * KIB, 64 * KIB],
  addressing: ['29-bit', 'pmb'],
  hugePageBytes: [null, 64 * KIB, 256 * KIB, MIB, 4 * MIB],
}

/**
 * Checks the `archOptions` of a machine description and fills in defaults.
 * @throws HotplugError BAD_DESCRIPTION that names the option
 */
export function parseOptions(given: Readonly<Record<string, unknown>>): ShOptions {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULTS, name))
      refuse(name, `sh has no such option; it has ${Object.keys(DEFAULTS).join(', ')}.`)
    const allowed: readonly unknown[] = MAY_BE[name as keyof ShOptions]
    if (!allowed.includes(value)) refuse(name, `must be one of ${allowed.join(', ')}.`)
  }
  const options = { ...DEFAULTS, ...given }
  const { pageBytes, hugePageBytes } = options
  if (hugePageBytes !== null && hugePageBytes <= pageBytes)
    refuse('hugePageBytes', `must be larger than a page (${pageBytes}).`)
  return options
}

function refuse(option: string, what: string): never {
  const place = `archOptions.${option}`
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}
