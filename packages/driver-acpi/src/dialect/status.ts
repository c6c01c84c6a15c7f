/** The status word that a device's `status` file reads. @returns undefined for what is not a decimal number */
export function parseStatus(text: string): number | undefined {
  const status = /^\d+\s*$/.test(text) ? Number(text) : undefined
  return Number.isSafeInteger(status) ? status : undefined
}
