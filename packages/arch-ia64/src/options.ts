import { HotplugError, KIB, MIB } from '@memhp/core'

/** Where an ia64 kernel keeps its struct pages, by the memory model that it was built with. */
type Ia64Memmap = 'vmemmap' | 'sparse' | 'virtual' | 'contiguous'

/** How the kernel of an ia64 machine was built. */
export interface Ia64Options {
  /** Bytes of a base page: 4, 8, 16 (default) or 64 KiB. */
  readonly pageBytes: number
  /** Levels of page tables: 3 (default), or 4, which kernels with pages of 64 KiB cannot have. */
  readonly levels: 3 | 4
  /** Bytes that one translation of region 7 maps: 16 (default) or 64 MiB. */
  readonly granuleBytes: number
  /** Kernel with huge pages (default): chunks of 2^16 pages and pageblocks of up to 256 MiB; without: chunks of 2^10 pages. */
  readonly hugePages: boolean
  /**
   * `vmemmap` (default): SPARSEMEM_VMEMMAP, an array in region 5. `sparse`: SPARSEMEM, pages for each section. `virtual`:
   * DISCONTIGMEM, an array in region 5 as long as boot made it. `contiguous`: FLATMEM, one array of boot's. The last two have
   * no memory hot-plug.
   */
  readonly memmap: Ia64Memmap
}

const DEFAULTS: Ia64Options = {
  pageBytes: 16 * KIB,
  levels: 3,
  granuleBytes: 16 * MIB,
  hugePages: true,
  memmap: 'vmemmap',
}

/** What each option may be. Source: arch/ia64/Kconfig 3.6. */
const MAY_BE: { readonly [K in keyof Ia64Options]: readonly Ia64Options[K][] } = {
  pageBytes: [4 * KIB, 8 * KIB, 16 * KIB, 64 * KIB],
  levels: [3, 4],
  granuleBytes: [16 * MIB, 64 * MIB],
  hugePages: [true, false],
  memmap: ['vmemmap', 'sparse', 'virtual', 'contiguous'],
}

/**
 * Checks the `archOptions` of a machine description and fills in defaults.
 * @throws HotplugError BAD_DESCRIPTION that names the option
 */
export function parseOptions(given: Readonly<Record<string, unknown>>): Ia64Options {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULTS, name))
      refuse(name, `ia64 has no such option; it has ${Object.keys(DEFAULTS).join(', ')}.`)
    const allowed: readonly unknown[] = MAY_BE[name as keyof Ia64Options]
    if (!allowed.includes(value)) refuse(name, `must be one of ${allowed.join(', ')}.`)
  }
  const options = { ...DEFAULTS, ...given }
  if (options.levels === 4 && options.pageBytes === 64 * KIB)
    refuse('levels', 'kernels with pages of 64 KiB have 3 levels.')
  return options
}

function refuse(option: string, what: string): never {
  const place = `archOptions.${option}`
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}
