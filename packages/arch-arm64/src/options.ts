import { HotplugError, KIB } from '@memhp/core'

/** What an arm64 machine is told about its kernel and its processor. */
export interface Arm64Options {
  /** Bytes of a base page, which the tables are made of (the granule): 4 KiB (default), 16 KiB or 64 KiB. */
  readonly pageBytes: 4096 | 16384 | 65536
  /**
   * Bits of the kernel's addresses, virtual and physical ones: 52 (default), or 48 where the processor or the kernel has no
   * more (FEAT_LPA2, with 64 KiB pages FEAT_LVA and FEAT_LPA).
   */
  readonly addressBits: 52 | 48
  /**
   * What the linear map is made of: `pages` alone, or `blocks` and contiguous runs as well. Default: what the command line asks
   * for (`describeLinearMap`).
   */
  readonly linearMap: 'pages' | 'blocks' | null
}

/** Bytes that a base page may have. */
export const PAGE_SIZES: readonly number[] = [4 * KIB, 16 * KIB, 64 * KIB]

const DEFAULTS: Arm64Options = { pageBytes: 4096, addressBits: 52, linearMap: null }

/**
 * Checks the `archOptions` of a machine description and fills in defaults.
 * @throws HotplugError BAD_DESCRIPTION that names the option
 */
export function parseOptions(given: Readonly<Record<string, unknown>>): Arm64Options {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULTS, name))
      refuse(name, `aarch64 has no such option; it has ${Object.keys(DEFAULTS).join(', ')}.`)
  }
  const options = { ...DEFAULTS, ...given }
  const { pageBytes, addressBits, linearMap } = options
  if (!PAGE_SIZES.includes(pageBytes)) refuse('pageBytes', `must be ${PAGE_SIZES.join(', ')}.`)
  if (![52, 48].includes(addressBits)) refuse('addressBits', 'must be 52 or 48.')
  if (![null, 'pages', 'blocks'].includes(linearMap))
    refuse('linearMap', 'must be "pages", "blocks" or null.')
  return options
}

function refuse(option: string, what: string): never {
  const place = `archOptions.${option}`
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}

/**
 * What a command line makes of the linear map. Pages can be made read-only one by one (`rodata=full`, the default), and guard
 * pages of KFENCE taken out, only where there are pages: blocks want `rodata=off`, or `on`, and a KFENCE that took its pool
 * at boot, for one that may be switched on later wants pages as well.
 * Source: can_set_direct_map, arch/arm64/mm/pageattr.c 6.12; seen with Linux 7.3 as Debian configures it.
 */
export function describeLinearMap(cmdline: string): 'pages' | 'blocks' {
  const words = new Map(
    cmdline.split(/\s+/).map((word) => {
      const [name = '', value = ''] = word.split('=')
      return [name, value] as const
    }),
  )
  const takesPool = Number(words.get('kfence.sample_interval') ?? 0) > 0
  return takesPool && ['off', 'on'].includes(words.get('rodata') ?? '') ? 'blocks' : 'pages'
}
