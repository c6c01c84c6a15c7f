import { parseNumberList, TextFault } from '@memhp/kernel-files'

/** More blocks than any machine has: what a list names is below. */
const MOST_BLOCKS = 1_048_576

/**
 * Reads block numbers as users write them: `32-39,41`.
 * @returns ascending, each once; undefined where the text is not such a list
 */
export function parseNumbers(text: string): readonly number[] | undefined {
  try {
    const numbers = parseNumberList(text.replaceAll(/ *, */g, ','), MOST_BLOCKS)
    return numbers.length === 0 ? undefined : [...new Set(numbers)].sort((a, b) => a - b)
  } catch (error) {
    if (error instanceof TextFault) return undefined
    throw error
  }
}

/** What is wrong with a list whose ranges run backwards; undefined where none does: `9-3 runs backwards: write 3-9`. */
export function backwardsText(text: string): string | undefined {
  const ranges = [...text.matchAll(/(\d+)-(\d+)/g)]
  const [range, high, low] = ranges.find(([, a, b]) => Number(a) > Number(b)) ?? []
  return range === undefined ? undefined : `${range} runs backwards: write ${low}-${high}`
}
