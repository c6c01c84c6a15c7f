import type { LoongArchOptions } from './options'

/** The kinds of it. */
export const VARIANTS: Readonly<Record<string, Partial<LoongArchOptions>>> = {
  '16 KiB pages': {},
  '4 KiB pages': { pageBytes: 4096 },
  '64 KiB pages': { pageBytes: 65_536 },
}
