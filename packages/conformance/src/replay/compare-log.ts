import type { LogLine } from '@memhp/core'
import { compareText, type Difference, type TraceStep } from '@memhp/trace'

/** What the recorder's own commands and the guest's clock say. */
const OF_OTHERS = [/^Clocksource /, /^Switching to clocksource /, /scan_unevictable_pages/]

/**
 * Which chunk backs struct pages is said late, as the next chunk turns out not to follow it. The leaves themselves are
 * compared where a step has them.
 */
const OF_BACKING = /^ \[[0-9a-f]+-[0-9a-f]+\] PMD -> /

const hasNothingToCompare = (line: string): boolean =>
  OF_BACKING.test(line) || OF_OTHERS.some((pattern) => pattern.test(line))

/** `[   12.345678] text` without its time. The pages of zonelists lack the watermarks, which the model does not keep. */
const comparable = (line: string): string =>
  line.replace(/^\[ *\d+\.\d+\] /, '').replace(/(?<=Total pages: )\d+$/, 'N')

/**
 * Compares the lines of the kernel's log, where they were recorded, word for word.
 * @param said what the model's kernel said in the step
 */
export function compareLog({ dmesg }: TraceStep, said: readonly LogLine[]): Difference[] {
  if (dmesg === undefined) return []
  const real = dmesg.map(comparable).filter((line) => !hasNothingToCompare(line))
  const model = said.map(({ text }) => comparable(text))
  return compareText('dmesg', real, model)
}
