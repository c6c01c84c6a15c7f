/** Bytes of a KiB. @public */
export const KIB = 1024
/** Bytes of a MiB. @public */
export const MIB: number = 1024 ** 2
/** Bytes of a GiB. @public */
export const GIB: number = 1024 ** 3
/** Bytes of a TiB. @public */
export const TIB: number = 1024 ** 4

/** True for 1, 2, 4, …, also beyond 2^32. @public */
export const isPowerOfTwo = (value: number): boolean => {
  if (!Number.isSafeInteger(value) || value <= 0) return false
  return Number.isInteger(Math.log2(value)) && 2 ** Math.round(Math.log2(value)) === value
}

/** The largest multiple of `unit` that is not above `value`. Works beyond 32 bits. @public */
export const alignDown = (value: number, unit: number): number => value - (value % unit)
/** The smallest multiple of `unit` that is not below `value`. @public */
export const alignUp = (value: number, unit: number): number => alignDown(value + unit - 1, unit)
/** True if `value` is a multiple of `unit`; both in the same unit. @public */
export const isAligned = (value: number, unit: number): boolean => value % unit === 0

/** A number as people read addresses: `0x40000000`. A page frame number may have a fraction (`TablePlace`). */
export const formatHex = (value: number): string => `0x${value.toString(16)}`
