import { HotplugError, isPowerOfTwo, KIB, MIB } from '@memhp/core'

/** What a 64-bit powerpc machine is told about its processor, kernel and platform. */
export interface PowerpcOptions {
  /** How the processor translates: radix page tables (POWER9 and later) or the hash page table. Default radix. */
  readonly mmu: 'radix' | 'hash'
  /** Bytes of a base page. Default 64 KiB; 4 KiB is what Debian has used since 6.10. */
  readonly pageBytes: 65536 | 4096
  /** Bytes of a logical memory block, which is the memory block too: a power of two from 16 MiB. Default 256 MiB. */
  readonly lmbBytes: number
  /** Hash: bytes of the pages of the linear mapping: 16 MiB (default) or, where there are none, a base page. */
  readonly linearPageBytes: number
  /**
   * Hash: log2 of the bytes of the hash page table that firmware gave, from 18. Default: one more than the kernel aims at
   * for its boot memory, which it neither shrinks nor soon grows. (QEMU gives a 128th of the memory; the first add shrinks it.)
   */
  readonly hptShift: number | null
  /** Hash: the platform can change the size of the table. Default true. */
  readonly hptResize: boolean
}

const DEFAULTS: PowerpcOptions = {
  mmu: 'radix',
  pageBytes: 65536,
  lmbBytes: 256 * MIB,
  linearPageBytes: 16 * MIB,
  hptShift: null,
  hptResize: true,
}
const HASH_ONLY: readonly (keyof PowerpcOptions)[] = ['linearPageBytes', 'hptShift', 'hptResize']

/** The smallest table the processor takes, and the largest. Source: Power ISA 2.07, book III-S, 5.7.7.2. */
const HPT_SHIFTS = { least: 18, most: 46 }

/**
 * Checks the `archOptions` of a machine description and fills in defaults.
 * @throws HotplugError BAD_DESCRIPTION that names the option
 */
export function parseOptions(given: Readonly<Record<string, unknown>>): PowerpcOptions {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      refuse(name, `ppc64le has no such option; it has ${Object.keys(DEFAULTS).join(', ')}.`)
    }
  }
  const { mmu, pageBytes, lmbBytes, ...hash } = { ...DEFAULTS, ...given }
  if (mmu !== 'radix' && mmu !== 'hash') refuse('mmu', 'must be "radix" or "hash".')
  if (pageBytes !== 65536 && pageBytes !== 4096) refuse('pageBytes', 'must be 65536 or 4096.')
  if (!isPowerOfTwo(lmbBytes) || lmbBytes < 16 * MIB) {
    refuse('lmbBytes', 'must be a power of two, at least 16 MiB.')
  }
  if (mmu === 'radix') refuseHashOptions(given)
  return { mmu, pageBytes, lmbBytes, ...checkHashOptions(hash, pageBytes) }
}

type HashOptions = Pick<PowerpcOptions, 'linearPageBytes' | 'hptShift' | 'hptResize'>

function refuseHashOptions(given: Readonly<Record<string, unknown>>): void {
  const name = HASH_ONLY.find((option) => Object.hasOwn(given, option))
  if (name !== undefined) refuse(name, 'belongs to the hash page table: set mmu to "hash".')
}

function checkHashOptions(hash: HashOptions, pageBytes: number): HashOptions {
  const { linearPageBytes, hptShift, hptResize } = hash
  if (linearPageBytes !== 16 * MIB && linearPageBytes !== pageBytes) {
    refuse('linearPageBytes', `must be ${16 * MIB} or a base page of ${pageBytes / KIB} KiB.`)
  }
  if (hptShift !== null && !isShift(hptShift)) {
    refuse('hptShift', `must be a whole number from ${HPT_SHIFTS.least} to ${HPT_SHIFTS.most}.`)
  }
  if (typeof hptResize !== 'boolean') refuse('hptResize', 'must be true or false.')
  return { linearPageBytes, hptShift, hptResize }
}

const isShift = (shift: number): boolean =>
  Number.isInteger(shift) && shift >= HPT_SHIFTS.least && shift <= HPT_SHIFTS.most

function refuse(option: string, what: string): never {
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `archOptions.${option}: ${what}`, {
    detail: { place: `archOptions.${option}` },
  })
}
