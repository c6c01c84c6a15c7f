import { TextFault } from '@memhp/core/inspect'

const HEX = /^(?:0x)?([0-9a-fA-F]{1,16})\n?$/

/**
 * A hexadecimal number as sysfs prints it, with or without `0x` and final newline.
 * @throws TextFault
 */
export function parseHex(text: string): number {
  const digits = HEX.exec(text)?.[1]
  const value = digits === undefined ? Number.NaN : Number.parseInt(digits, 16)
  if (!Number.isSafeInteger(value)) {
    throw new TextFault(1, `${JSON.stringify(text)} is no hexadecimal number below 2^53`)
  }
  return value
}
