const DIGITS = /(\d+)/

/** Order of names in which memory2 comes before memory10. Total, and the same everywhere. */
export function compareNatural(a: string, b: string): number {
  const left = a.split(DIGITS)
  const right = b.split(DIGITS)
  for (let i = 0; i < left.length && i < right.length; i++) {
    const x = left[i] ?? ''
    const y = right[i] ?? ''
    if (x === y) continue
    const difference = i % 2 === 1 ? Number(x) - Number(y) : 0
    if (difference !== 0) return difference
    return x < y ? -1 : 1
  }
  return left.length - right.length
}
