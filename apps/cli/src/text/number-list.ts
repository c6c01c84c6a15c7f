/** Numbers as ranges: `0-3,8`. @param numbers ascending */
export function formatNumbers(numbers: readonly number[]): string {
  const runs: { first: number; last: number }[] = []
  for (const number of numbers) {
    const run = runs.at(-1)
    if (run !== undefined && run.last + 1 === number) run.last = number
    else runs.push({ first: number, last: number })
  }
  return runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

/** Most numbers that a list may name: more blocks than any machine has. */
const LIST_LIMIT = 1_048_576

/**
 * Reads block numbers as users write them: `32-39,41`.
 * @returns ascending, each once; undefined where the text is no such list
 */
export function parseNumbers(text: string): readonly number[] | undefined {
  const numbers = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim())
    if (match === null) return undefined
    const first = Number(match[1])
    const last = Number(match[2] ?? match[1])
    if (last < first || last - first >= LIST_LIMIT || numbers.size > LIST_LIMIT) return undefined
    for (let number = first; number <= last; number++) numbers.add(number)
  }
  return [...numbers].sort((a, b) => a - b)
}
