import { TextFault } from '../fault'

const LARGEST_ID = 1 << 20

/**
 * The numbers of a list as in `0-1,4`, ascending as written. Empty for an empty text.
 * @throws TextFault
 */
export function parseNumberList(text: string): number[] {
  const numbers: number[] = []
  const trimmed = text.trim()
  if (trimmed === '') return numbers
  for (const part of trimmed.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part)
    const first = Number(match?.[1])
    const last = Number(match?.[2] ?? match?.[1])
    if (match === null || last < first || last > LARGEST_ID) {
      throw new TextFault(1, `${JSON.stringify(part)} is no number and no range`)
    }
    for (let value = first; value <= last; value++) numbers.push(value)
  }
  return numbers
}

/** Ascending numbers as the kernel lists them: `0-1,4`. */
export function formatNumberList(numbers: readonly number[]): string {
  const parts: string[] = []
  for (let i = 0; i < numbers.length; ) {
    let last = i
    while (numbers[last + 1] === (numbers[last] ?? 0) + 1) last += 1
    parts.push(last === i ? `${numbers[i]}` : `${numbers[i]}-${numbers[last]}`)
    i = last + 1
  }
  return parts.join(',')
}
