const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'] as const

/** Bytes in the largest unit that keeps them whole or to one decimal, as lsmem does: `128M`, `1.5G`. */
export function formatSize(bytes: number): string {
  const power = bytes === 0 ? 0 : Math.min(5, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  const digits = Number.isInteger(value) ? `${value}` : value.toFixed(1).replace(/\.0$/, '')
  return `${digits}${UNITS[power] ?? 'P'}`
}

/**
 * Reads a size: `1G`, `512M`, `0x10000000`, `134217728`. Units are powers of 1024; a letter `B` or `iB` after them is taken.
 * @returns bytes; undefined where the text is not a size
 */
export function parseSize(text: string): number | undefined {
  const match = /^(0x[0-9a-f]+|\d+(?:\.\d+)?)([kmgtp]?)(?:i?b)?$/i.exec(text.trim())
  if (match === null) return undefined
  const power = ['', 'k', 'm', 'g', 't', 'p'].indexOf((match[2] ?? '').toLowerCase())
  const bytes = Number(match[1]) * 1024 ** power
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** A physical address as the kernel prints it: 16 hexadecimal digits. */
export const formatAddress = (address: number): string =>
  `0x${address.toString(16).padStart(16, '0')}`

/** A half-open range with its last byte, as lsmem prints it. */
export const formatRange = ({
  start,
  end,
}: {
  readonly start: number
  readonly end: number
}): string => `${formatAddress(start)}-${formatAddress(end - 1)}`
