import type { Arm64Options } from './options'

/** The kinds of it. */
export const VARIANTS: Readonly<Record<string, Partial<Arm64Options>>> = {
  '4 KiB pages': {},
  '4 KiB pages, blocks': { linearMap: 'blocks' },
  '4 KiB pages, 48 bits': { addressBits: 48 },
  '16 KiB pages': { pageBytes: 16_384 },
  '64 KiB pages': { pageBytes: 65_536 },
}
