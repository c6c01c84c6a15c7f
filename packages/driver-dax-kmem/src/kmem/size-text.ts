const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** A size of three digits, as the log has it: `2.00 MiB`, `112 MiB`. @param bytes above 0. Source: string_get_size, 6.12 */
export function sizeText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024) {
    value /= 1024
    unit += 1
  }
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0
  return `${value.toFixed(unit === 0 ? 0 : digits)} ${UNITS[unit]}`
}
