/**
 * Reads the kernel's list format: `0-3,8`, empty for none.
 * @returns the numbers in their order; undefined where the text is no such list, or a list of over 65536
 */
export function parseNumberList(text: string): readonly number[] | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return []
  const numbers: number[] = []
  for (const part of trimmed.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part)
    if (match === null) return undefined
    const first = Number(match[1])
    const last = Number(match[2] ?? match[1])
    if (last < first || last - first + numbers.length >= LIST_LIMIT) return undefined
    for (let number = first; number <= last; number++) numbers.push(number)
  }
  return numbers
}

/** No kernel has more nodes or CPUs than this. */
const LIST_LIMIT = 65_536
