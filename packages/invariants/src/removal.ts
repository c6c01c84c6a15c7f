import type { BlockId } from '@memhp/core'
import { physAddr, type Range, rangeContains, rangesOverlap } from '@memhp/core'
import type { Resource } from '@memhp/core/inspect'
import {
  blockDirectory,
  nodeFile,
  parseIomem,
  SYSTEM_RAM,
  systemRamRanges,
} from '@memhp/kernel-files'
import type { Expect } from './broken-invariant'
import { expectUnchanged } from './changes'
import {
  coveredByTest,
  type InvariantEntry,
  stateInvariant,
  stepInvariant,
} from './invariant-entry'
import {
  blocksOfBytes,
  blocksThatCame,
  blocksThatWent,
  errnoOf,
  isHotplug,
  type Step,
} from './step'

/** Section 8.7: removal. */
export const REMOVAL_INVARIANTS: readonly InvariantEntry[] = [
  stepInvariant({
    id: 'v6.1/49',
    text: 'Removing a range of whole blocks, one of them online, fails with EBUSY and changes nothing.',
    when: ({ generation }) => generation.rules.remove.onlineErrno === 'EBUSY',
    of: 'removal',
    look(step, expect) {
      if (step.operation.op !== 'remove' || step.faulted) return
      const { blockBytes } = step.machine.geometry
      const { start, end } = step.operation
      if (start % blockBytes > 0 || end % blockBytes > 0) return
      if (!rangeContains(step.machine.arch.mappable, step.operation)) return
      const ids = blocksOfBytes(step.operation, blockBytes)
      if (!ids.some((id) => step.before.blocks.get(id)?.state === 'online')) return
      expect.same('errno', { expected: 'EBUSY', seen: errnoOf(step) })
      expectUnchanged(step, expect)
    },
  }),
  stepInvariant({
    id: 'v6.1/50',
    text: 'A removed range is gone from the blocks, the node links, /proc/iomem and the firmware map, with remove uevents in ascending order.',
    of: 'lost blocks',
    look: checkTraces,
  }),
  coveredByTest({
    id: 'v6.1/51',
    text: 'Adding and removing a range changes neither blocks, links, /proc/iomem, MemTotal nor zones, nor the set of ranges in the firmware map.',
  }),
  coveredByTest({
    id: 'v6.1/52',
    text: 'Adding a removed range again makes offline blocks of the same numbers, which are never early again.',
  }),
  stateInvariant({
    id: 'v6.1/53',
    text: 'Entries of /proc/iomem are ascending, do not overlap and lie inside their parent.',
    of: ['resources'],
    look: ({ machine }, expect) => checkResources(machine.state.memory.resources, expect),
  }),
  stepInvariant({
    id: 'v6.1/54',
    text: 'Adding a range that is not a whole number of blocks fails with EINVAL and leaves no trace.',
    of: 'addition',
    look(step, expect) {
      if (step.operation.op !== 'add' || step.faulted) return
      const { start, end } = step.operation
      const { arch, geometry } = step.machine
      const { blockBytes } = geometry
      if (start % blockBytes === 0 && end % blockBytes === 0) return
      const range = { start: physAddr(start), end: physAddr(end) }
      if (arch.canAdd(step.machine, range).kind !== 'allowed') return
      expect.holds(['EINVAL', 'E2BIG', 'EEXIST'].includes(errnoOf(step) ?? ''), {
        place: 'errno',
        expected: 'EINVAL, unless the range is refused for memory that exists',
        seen: errnoOf(step),
      })
      expectUnchanged(step, expect)
    },
  }),
  coveredByTest({
    id: 'v6.1/55',
    text: 'Adding a range that overlaps busy memory fails with EEXIST; an ACPI device takes the blocks that are there.',
  }),
]

const bytesOf = ({ machine: { geometry } }: Step, blocks: readonly Range[]): readonly Range[] =>
  blocks.map(({ start, end }) => ({
    start: start * geometry.blockBytes,
    end: end * geometry.blockBytes,
  }))

/** Blocks that a step took away, as ranges of bytes. */
export const removedRanges = (step: Step): readonly Range[] => bytesOf(step, blocksThatWent(step))

/** Blocks that a step brought, as ranges of bytes. */
export const addedRanges = (step: Step): readonly Range[] => bytesOf(step, blocksThatCame(step))

/** Whether boot memory went whose struct pages and tables are free pages from then on: how many, its mapping says. */
export const freesBootPages = ({ machine, blocks }: Step): boolean =>
  machine.generation.rules.mapping.bootPages === 'freed' &&
  blocks.some(({ was, is }) => was?.early === true && is === undefined)

function checkTraces(step: Step, expect: Expect): void {
  const ranges = removedRanges(step)
  if (ranges.length === 0) return
  const { blockBytes } = step.machine.geometry
  const ids = ranges.flatMap((range) => blocksOfBytes(range, blockBytes))
  for (const id of ids) checkBlockGone(step, id, expect)
  const expected = ids.map((id) => blockDirectory(id).replace('/sys', ''))
  // A request that fails half-way adds blocks back, or tries to: only the first time that one goes counts.
  const removed = step.uevents
    .filter(({ action, devpath }) => action === 'remove' && expected.includes(devpath))
    .map(({ devpath }) => devpath)
  // A device that shrinks gives its blocks back one by one, by rules of its driver.
  const shrinks = step.machine.drivers.some(({ resizable }) => resizable !== undefined)
  const seen = [...new Set(removed)]
  expect.same(
    'remove uevents',
    shrinks ? { expected: expected.toSorted(), seen: seen.toSorted() } : { expected, seen },
  )
  for (const range of releasedRanges(step)) {
    checkLineGone(step, range, expect)
    const { entries } = step.after.firmwareMap
    const exact = entries.filter(({ start, end, type }) => {
      return start === range.start && end === range.end - 1 && type === SYSTEM_RAM
    })
    expect.same('entries of the range in the firmware map', { expected: [], seen: exact })
  }
}

/** Ranges that were removed as a whole: what was asked for, or what a device claimed that is gone. */
function releasedRanges(step: Step): readonly Range[] {
  const { operation, before, after } = step
  if (operation.op === 'remove') return [operation]
  if (!isHotplug(step)) return []
  const left = [...before.devices.values()].filter(({ name }) => !after.devices.has(name))
  return left.flatMap(({ ranges }) => ranges)
}

/** Memory of which only a part was known to /proc/iomem, as one entry or several, is not found there: it stays. */
function checkLineGone(step: Step, range: Range, expect: Expect): void {
  const known = systemRamRanges(parseIomem(step.before.iomem))
  const { partOfResource } = step.machine.generation.rules.remove
  const isFound = known.some(
    (line) =>
      rangeContains(line, range) && (partOfResource === 'cut' || rangeContains(range, line)),
  )
  if (!isFound) return
  const lines = systemRamRanges(parseIomem(step.after.iomem)).filter((line) =>
    rangesOverlap(line, range),
  )
  const place = `System RAM at 0x${range.start.toString(16)} in /proc/iomem`
  expect.same(place, { expected: [], seen: lines })
}

function checkBlockGone(step: Step, id: BlockId, expect: Expect): void {
  const { tree, state } = step.machine
  expect.same(blockDirectory(id), { expected: undefined, seen: tree.lookup(blockDirectory(id)) })
  for (const { id: node, online } of state.memory.nodes.values()) {
    if (!online) continue
    const link = nodeFile(node, `memory${id}`)
    expect.same(link, { expected: undefined, seen: tree.lookup(link) })
  }
}

function checkResources(parent: Resource, expect: Expect): void {
  let end = parent.start - 1
  for (const child of parent.children) {
    const place = `${child.name} at 0x${child.start.toString(16)} of /proc/iomem`
    expect.holds(end < child.start && child.start <= child.end && child.end <= parent.end, {
      place,
      expected: `a start above 0x${end.toString(16)}, and an end within ${parent.name}`,
      seen: `0x${child.start.toString(16)}-0x${child.end.toString(16)}`,
    })
    end = child.end
    checkResources(child, expect)
  }
}
