import {
  type BlockId,
  blockId,
  type Machine,
  type MemoryBlock,
  type Range,
  type SectionNr,
} from '@memhp/core'
import { checkPages, findBlock, type Section } from '@memhp/core/inspect'
import { readNodeList } from './reading'

/** What a check of a machine looks at: all of it, or what was written since the last check. */
export interface Look {
  readonly machine: Machine
  /** Ascending. Of untouched boot blocks, which are alike within a run, both ends of each run. */
  readonly blocks: readonly Readonly<MemoryBlock>[]
  /** Sections that are separated from their runs. */
  readonly sections: readonly Readonly<Section>[]
  /** Other sections that were written, or whose block went: they went, too, or are in a run. */
  readonly others: readonly SectionNr[]
  /** Whether a run of untouched blocks or sections is to be looked at. */
  isDue(run: Range): boolean
  /** Sections over which mappings came or went; undefined: all. */
  readonly mapped: ReadonlySet<SectionNr> | undefined
  /** A list of nodes in sysfs: `online`, `has_memory`, … Read once. */
  nodeList(name: string): readonly number[]
  /** Checks the page descriptors of what is looked at. @throws InvariantViolation */
  checkPages(): void
}

/** A look at all of a machine. Costs what was touched since boot. */
export function lookAtAll(machine: Machine, checkAllPages = (): void => checkPages(machine)): Look {
  return {
    machine,
    blocks: blocksOf(machine, notableBlockIds(machine)),
    sections: [...machine.state.memory.sections.separated.values()],
    others: [],
    isDue: () => true,
    mapped: undefined,
    nodeList: nodeListsOf(machine),
    checkPages: checkAllPages,
  }
}

/** A look at what was written. Costs as much. */
export function lookAtWritten(
  machine: Machine,
  written: Readonly<Record<'sections' | 'mapped', ReadonlySet<SectionNr>>> & {
    readonly blocks: ReadonlySet<BlockId>
    readonly runs: ReadonlySet<Range>
  },
  checkWrittenPages: () => void,
): Look {
  const { separated } = machine.state.memory.sections
  const sections: Readonly<Section>[] = []
  const others: SectionNr[] = []
  for (const nr of written.sections) {
    const section = separated.get(nr)
    if (section === undefined) others.push(nr)
    else sections.push(section)
  }
  return {
    machine,
    blocks: blocksOf(machine, written.blocks),
    sections,
    others,
    isDue: (run) => written.runs.has(run),
    mapped: written.mapped,
    nodeList: nodeListsOf(machine),
    checkPages: checkWrittenPages,
  }
}

function nodeListsOf(machine: Machine): Look['nodeList'] {
  const lists = new Map<string, readonly number[]>()
  return (name) => {
    const known = lists.get(name)
    if (known !== undefined) return known
    const list = readNodeList(machine, name)
    lists.set(name, list)
    return list
  }
}

/** All blocks that were changed since boot, and both ends of each run of untouched ones. */
function notableBlockIds(machine: Machine): ReadonlySet<BlockId> {
  const { runs, separated } = machine.state.memory.blocks
  const ids = new Set<BlockId>(separated.keys())
  for (const run of runs) {
    ids.add(run.start)
    ids.add(blockId(run.end - 1))
  }
  return ids
}

function blocksOf(machine: Machine, ids: ReadonlySet<BlockId>): readonly Readonly<MemoryBlock>[] {
  return [...ids]
    .sort((a, b) => a - b)
    .map((id) => findBlock(machine, id))
    .filter((block) => block !== undefined)
}
