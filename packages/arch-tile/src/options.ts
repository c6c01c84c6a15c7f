import { HotplugError, KIB } from '@memhp/core'

/** What a tile machine is told about its processor and kernel. */
export interface TileOptions {
  /** `gx` (default): 64 bits; `pro`: 32 bits with HighMem. */
  readonly chip: 'gx' | 'pro'
  /** Bytes of a base page: 64 KiB (default), or 16 KiB on `gx`. */
  readonly pageBytes: number
}

const DEFAULTS: TileOptions = { chip: 'gx', pageBytes: 64 * KIB }

/** What each option may be. Source: arch/tile/Kconfig 3.6. */
const MAY_BE: { readonly [K in keyof TileOptions]: readonly TileOptions[K][] } = {
  chip: ['gx', 'pro'],
  pageBytes: [16 * KIB, 64 * KIB],
}

/**
 * Checks the `archOptions` of a machine description and fills in defaults.
 * @throws HotplugError BAD_DESCRIPTION that names the option
 */
export function parseOptions(given: Readonly<Record<string, unknown>>): TileOptions {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULTS, name))
      refuse(name, `tile has no such option; it has ${Object.keys(DEFAULTS).join(', ')}.`)
    const allowed: readonly unknown[] = MAY_BE[name as keyof TileOptions]
    if (!allowed.includes(value)) refuse(name, `must be one of ${allowed.join(', ')}.`)
  }
  const options = { ...DEFAULTS, ...given }
  if (options.chip === 'pro' && options.pageBytes !== 64 * KIB)
    refuse('pageBytes', `chips of kind pro have pages of ${64 * KIB} bytes.`)
  return options
}

function refuse(option: string, what: string): never {
  const place = `archOptions.${option}`
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}
