const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'] as const

const powerOf = (bytes: number): number =>
  bytes === 0 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))

/** Bytes in the largest unit that is not above them, whole or to one decimal, as lsmem does: `128M`, `1.5G`. */
export function formatSize(bytes: number): string {
  const power = powerOf(bytes)
  return `${Number((bytes / 1024 ** power).toFixed(1))}${UNITS[power] ?? ''}`
}

/** Bytes in the largest unit in which three decimals lose none of them: `1.5G`, `2.375G`, `1537M`. */
export function formatExactSize(bytes: number): string {
  let power = powerOf(bytes)
  const rounded = (): number => Number((bytes / 1024 ** power).toFixed(3))
  while (power > 0 && rounded() * 1024 ** power !== bytes) power -= 1
  return `${rounded()}${UNITS[power] ?? ''}`
}

/**
 * Reads a size: `1G`, `1.5G`, `0x10000000`, `134217728`. Units are powers of 1024; `B` or `iB` after them is taken.
 * @returns bytes; undefined where the text is not a whole number of bytes
 */
export function parseSize(text: string): number | undefined {
  const match = /^(0x[0-9a-f]+|\d+(?:\.\d+)?)([kmgtp]?)(?:i?b)?$/i.exec(text.trim())
  if (match === null) return undefined
  const power = ['', 'k', 'm', 'g', 't', 'p'].indexOf((match[2] ?? '').toLowerCase())
  const bytes = Number(match[1]) * 1024 ** power
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
