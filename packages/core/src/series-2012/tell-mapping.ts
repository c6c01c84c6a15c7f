import type { PhysRange } from '../address/range'
import { alignDown, alignUp } from '../address/units'
import { say } from '../machine/say'
import type { KernelCode } from '../model/kernel-code'

/** Where leaves are counted by name, the log says which ones the range is made of. */
export const tellMapping: KernelCode['tellMapping'] = (machine, direct, { range, leaves }) => {
  const { counters } = direct
  if (counters === undefined || machine.generation.log?.mapping === undefined) return
  say(machine, 'mapping', { start: range.start, last: range.end - 1 })
  for (const { start, end, leafBytes } of leafRuns(range, leaves)) {
    const counter = counters.find(({ sizeBytes }) => sizeBytes === leafBytes)?.counter ?? ''
    const leaf = counter.replace('DirectMap', '')
    say(machine, 'mappedBy', { start, last: end - 1, leaf })
  }
}

/** A range as runs of the largest leaves that are aligned and fit, whatever is mapped already. */
function leafRuns(range: PhysRange, leaves: readonly number[]) {
  const sizes = leaves.toSorted((a, b) => b - a)
  const runs: { start: number; end: number; leafBytes: number }[] = []
  for (let at: number = range.start; at < range.end; ) {
    const fits = (size: number): boolean => at % size === 0 && at + size <= range.end
    const place = sizes.findIndex(fits)
    const [leafBytes, larger] = [sizes[place], sizes[place - 1]]
    if (leafBytes === undefined) break
    const turn = larger === undefined ? range.end : alignUp(at, larger)
    const reach = larger !== undefined && turn + larger <= range.end ? turn : range.end
    const end = alignDown(reach, leafBytes)
    runs.push({ start: at, end, leafBytes })
    at = end
  }
  return runs
}
