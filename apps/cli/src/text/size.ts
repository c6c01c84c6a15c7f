export { formatSize, parseSize } from '@memhp/kernel-files'

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
