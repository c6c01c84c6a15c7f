import { type TextFault, unexpectedText } from '../text-fault'

/** No kernel has more nodes. Source: NODES_SHIFT, at most 10 on every architecture of Linux 6.1. */
export const MOST_NODES = 1024
/** No kernel has more processors. Source: NR_CPUS of x86, arm64 and powerpc, at most 8192 in Linux 6.1. */
export const MOST_CPUS = 8192

/** Neighbouring numbers of a list: `first-last`, or one number where both are the same. */
export interface NumberRun {
  readonly first: number
  /** Inclusive. */
  readonly last: number
}

/**
 * The runs of a list as in `0-1,4`, in the order of the text. Empty for an empty text; a final newline is ignored, and so are
 * the NUL bytes with which kernels from 2.6.32 to 3.x end the lists of nodes.
 * @param most each number is below: how many of them there can be
 * @throws TextFault for anything else, blanks between the numbers included. A run may go downwards, which no kernel writes.
 */
export function parseNumberRuns(text: string, most: number): NumberRun[] {
  const trimmed = text.replace(/\0+$/, '').trim()
  if (trimmed === '') return []
  return trimmed.split(',').map((part) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part)
    const first = Number(match?.[1])
    const last = Number(match?.[2] ?? match?.[1])
    if (match === null || first >= most || last >= most) throw unexpectedPart(part, most)
    return { first, last }
  })
}

const unexpectedPart = (found: string, most: number): TextFault => {
  const expected = `a number below ${most} or a range of them`
  return unexpectedText({ file: 'number list', line: 1, expected, found })
}

/**
 * The numbers of a list as in `0-1,4`, in the order of the text. Empty for an empty text; a final newline is ignored.
 * @param most each number is below: how many of them there can be
 * @throws TextFault for anything else, blanks between the numbers included
 */
export function parseNumberList(text: string, most: number): number[] {
  const numbers: number[] = []
  for (const { first, last } of parseNumberRuns(text, most)) {
    if (last < first) throw unexpectedPart(`${first}-${last}`, most)
    for (let value = first; value <= last; value++) numbers.push(value)
  }
  return numbers
}

/** The text of runs: `0-1,3`. Empty for none. */
export const formatNumberRuns = (runs: readonly NumberRun[]): string =>
  runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',')

/**
 * The text of a list of numbers, neighbours as ranges: `0-1,3`. Empty for no numbers.
 * @param numbers in any order, each once. Source: `%*pbl`, lib/vsprintf.c bitmap_list_string (Linux 6.1)
 */
export function formatNumberList(numbers: readonly number[]): string {
  const runs: { readonly first: number; last: number }[] = []
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run !== undefined && run.last + 1 === number) run.last = number
    else runs.push({ first: number, last: number })
  }
  return formatNumberRuns(runs)
}

/**
 * Numbers as a bitmap, as the kernel prints a cpumask: words of 32 bits, the highest first, the first as wide as it has to be.
 * @param bits numbers that there are
 * Source: bitmap_string, lib/vsprintf.c 6.1.
 */
export function formatBitmap(numbers: readonly number[], bits: number): string {
  const words = Array.from({ length: Math.max(1, Math.ceil(bits / 32)) }, () => 0)
  for (const number of numbers) {
    const at = Math.floor(number / 32)
    words[at] = ((words[at] ?? 0) | (1 << (number % 32))) >>> 0
  }
  const width = (index: number): number =>
    index === words.length - 1 ? Math.ceil((((bits - 1) % 32) + 1) / 4) : 8
  return words
    .map((word, index) => word.toString(16).padStart(width(index), '0'))
    .reverse()
    .join(',')
}
