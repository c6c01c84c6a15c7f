import { type Machine, type Range, rangesOverlap } from '@memhp/core'
import type { Resource } from '@memhp/core/inspect'
import { isSystemRam, systemRamBytes } from '@memhp/kernel-files'
import type { Scope } from './scope'

/** One line of /proc/iomem. */
export interface IomemLine extends Pick<Resource, 'start' | 'end' | 'name'> {
  /** Resources that it lies in. */
  readonly depth: number
  /** It is System RAM, or lies in some. */
  readonly isRam: boolean
}

/** All lines of /proc/iomem. */
function iomemLines(machine: Machine): readonly IomemLine[] {
  const lines: IomemLine[] = []
  const visit = ({ start, end, name, children }: Resource, depth: number, inRam: boolean): void => {
    const isRam = inRam || isSystemRam(name)
    lines.push({ start, end, name, depth, isRam })
    for (const child of children) visit(child, depth + 1, isRam)
  }
  for (const child of machine.state.memory.resources.children) visit(child, 0, false)
  return lines
}

/** System RAM of /proc/iomem, and what lies in it, that meets a scope. */
export function iomemLinesIn(machine: Machine, scope: Scope): readonly IomemLine[] {
  return iomemLines(machine).filter((line) => {
    const range = { start: line.start, end: line.end + 1 }
    const meets = scope.ranges.some((wanted) => rangesOverlap(wanted, range))
    return meets && line.isRam
  })
}

/** Bytes of System RAM: all, and inside a scope. */
export function systemRamOf(
  machine: Machine,
  scope: Scope,
): { readonly all: number; readonly inside: number } {
  const { children } = machine.state.memory.resources
  const bytesIn = (range: Range): number => systemRamBytes(children, range)
  return {
    all: bytesIn({ start: 0, end: Number.MAX_SAFE_INTEGER }),
    inside: scope.ranges.reduce((sum, range) => sum + bytesIn(range), 0),
  }
}
