import { type Machine, rangeIntersection, rangeSize, rangesOverlap } from '@memhp/core'
import type { Resource } from '@memhp/core/inspect'
import type { Scope } from './scope'

/** One line of /proc/iomem. `end` is inclusive, as printed. */
export interface IomemLine {
  readonly start: number
  readonly end: number
  readonly name: string
  /** Resources that it lies in. */
  readonly depth: number
}

/** All lines of /proc/iomem. */
function iomemLines(machine: Machine): readonly IomemLine[] {
  const lines: IomemLine[] = []
  const visit = ({ start, end, name, children }: Resource, depth: number): void => {
    lines.push({ start, end, name, depth })
    for (const child of children) visit(child, depth + 1)
  }
  for (const child of machine.state.memory.resources.children) visit(child, 0)
  return lines
}

/** System RAM of /proc/iomem, and what lies in it, that meets a scope. */
export function iomemLinesIn(machine: Machine, scope: Scope): readonly IomemLine[] {
  return iomemLines(machine).filter((line) => {
    const range = { start: line.start, end: line.end + 1 }
    const meets = scope.ranges.some((wanted) => rangesOverlap(wanted, range))
    return meets && (line.depth > 0 || line.name.startsWith('System RAM'))
  })
}

/** Bytes of System RAM: all, and inside a scope. */
export function systemRamBytes(
  machine: Machine,
  scope: Scope,
): { readonly all: number; readonly inside: number } {
  let all = 0
  let inside = 0
  for (const line of iomemLines(machine)) {
    if (!line.name.startsWith('System RAM')) continue
    const range = { start: line.start, end: line.end + 1 }
    all += rangeSize(range)
    for (const part of scope.ranges) {
      const common = rangeIntersection<number>(part, range)
      if (common !== undefined) inside += rangeSize(common)
    }
  }
  return { all, inside }
}
