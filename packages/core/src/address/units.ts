export const KIB = 1024
export const MIB: number = 1024 ** 2
export const GIB: number = 1024 ** 3
export const TIB: number = 1024 ** 4

export const isPowerOfTwo = (value: number): boolean => {
  if (!Number.isSafeInteger(value) || value <= 0) return false
  return Number.isInteger(Math.log2(value)) && 2 ** Math.round(Math.log2(value)) === value
}

/** The largest multiple of `unit` that is not above `value`. Works beyond 32 bits. */
export const alignDown = (value: number, unit: number): number => value - (value % unit)
/** The smallest multiple of `unit` that is not below `value`. */
export const alignUp = (value: number, unit: number): number => alignDown(value + unit - 1, unit)
export const isAligned = (value: number, unit: number): boolean => value % unit === 0
