import { TextFault } from './text-fault'

/** No kernel has more nodes. Source: NODES_SHIFT, at most 10 on every architecture of Linux 6.1. */
export const MOST_NODES = 1024
/** No kernel has more processors. Source: NR_CPUS of x86, arm64 and powerpc, at most 8192 in Linux 6.1. */
export const MOST_CPUS = 8192

/**
 * The numbers of a list as in `0-1,4`, as written. Empty for an empty text.
 * @param most each number is below: what there can be of them
 * @throws TextFault
 */
export function parseNumberList(text: string, most: number): number[] {
  const numbers: number[] = []
  const trimmed = text.trim()
  if (trimmed === '') return numbers
  for (const part of trimmed.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part)
    const first = Number(match?.[1])
    const last = Number(match?.[2] ?? match?.[1])
    if (match === null || last < first) {
      throw new TextFault(1, `${JSON.stringify(part)} is no number and no range`)
    }
    if (last >= most) {
      throw new TextFault(
        1,
        `${JSON.stringify(part)} goes beyond ${most - 1}, the highest there is`,
      )
    }
    for (let value = first; value <= last; value++) numbers.push(value)
  }
  return numbers
}
