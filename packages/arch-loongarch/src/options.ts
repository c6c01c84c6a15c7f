import { HotplugError, KIB } from '@memhp/core'

/** How the kernel of a LoongArch machine was built. */
export interface LoongArchOptions {
  /** Bytes of a base page, which tables are made of: 16 KiB (default), 4 KiB or 64 KiB. */
  readonly pageBytes: 4096 | 16384 | 65536
}

/** Bytes that a base page may have. */
export const PAGE_SIZES: readonly number[] = [4 * KIB, 16 * KIB, 64 * KIB]

const DEFAULTS: LoongArchOptions = { pageBytes: 16_384 }

/**
 * Checks the `archOptions` of a machine description and fills in defaults.
 * @throws HotplugError BAD_DESCRIPTION that names the option
 */
export function parseOptions(given: Readonly<Record<string, unknown>>): LoongArchOptions {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULTS, name))
      refuse(name, `loongarch64 has no such option; it has ${Object.keys(DEFAULTS).join(', ')}.`)
  }
  const options = { ...DEFAULTS, ...given }
  if (!PAGE_SIZES.includes(options.pageBytes))
    refuse('pageBytes', `must be ${PAGE_SIZES.join(', ')}.`)
  return options
}

function refuse(option: string, what: string): never {
  const place = `archOptions.${option}`
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}
