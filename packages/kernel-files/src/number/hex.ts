import { unexpectedText } from '../text-fault'

const HEX = /^(?:0x)?([0-9a-fA-F]{1,16})\n?$/

/**
 * A hexadecimal number as sysfs prints it, with or without `0x` and final newline.
 * @throws TextFault for anything else, and for 2^53 and above
 */
export function parseHex(text: string): number {
  const digits = HEX.exec(text)?.[1]
  const value = digits === undefined ? Number.NaN : Number.parseInt(digits, 16)
  if (Number.isSafeInteger(value)) return value
  const expected = 'a hexadecimal number below 2^53'
  throw unexpectedText({ file: 'hexadecimal number', line: 1, expected, found: text })
}

/** A number as `%#x` prints it, but 0 as `0x0`: `0x1f`. Addresses in messages and in `/sys/firmware/memmap`. */
export const formatHex = (value: number | bigint): string => `0x${value.toString(16)}`

/** A number as `%0*x` prints it: zero-padded to a width, without `0x`. `phys_index`, `block_size_bytes`, `/proc/iomem`. */
export const formatHexDigits = (value: number, width = 1): string =>
  value.toString(16).padStart(width, '0')
