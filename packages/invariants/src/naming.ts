import type { Machine } from '@memhp/core'
import { type BlockId, blockId, isPowerOfTwo, type Range, rangeContains } from '@memhp/core'
import { blockOfSection, findBlock } from '@memhp/core/inspect'
import { emptyIntervalSet, insertInterval, isSectionPresent } from '@memhp/core/plugin'
import { BLOCK_SIZE_FILE, blockFile, nodeFile } from '@memhp/kernel-files'
import type { Expect } from './broken-invariant'
import { isAlike } from './difference'
import { type InvariantEntry, stateInvariant, stepInvariant } from './invariant-entry'
import type { Look } from './look'
import type { DeviceView, Observation } from './observation'
import { readBlock, readLine, showsNodes } from './reading'
import { sectionsOfBlock } from './sections-seen'
import {
  blocksOfBytes,
  blocksThatCame,
  blocksThatWent,
  isHotplug,
  joinIds,
  type Step,
} from './step'

/** Section 8.1: names and geometry. */
export const NAMING_INVARIANTS: readonly InvariantEntry[] = [
  stateInvariant({
    id: 'v6.1/1',
    text: 'The block size is a power of two, no smaller than a section, and block_size_bytes prints it in hex.',
    of: ['boot'],
    look: checkBlockSize,
  }),
  stateInvariant({
    id: 'v6.1/2',
    text: 'phys_index of memoryN is N in lower-case hex of at least 8 digits.',
    of: ['blocks'],
    look({ machine, blocks }, expect) {
      for (const { id } of blocks) {
        const seen = readBlock(machine, { id, name: 'phys_index' })
        expect.same(`memory${id}/phys_index`, { expected: id.toString(16).padStart(8, '0'), seen })
      }
    },
  }),
  stateInvariant({
    id: 'v6.1/3',
    text: 'No two blocks describe the same memory, and every block has a present section.',
    of: ['blocks', 'sections', 'runs'],
    look(look, expect) {
      checkBlocksApart(look, expect)
      checkBlocksHaveSections(look, expect)
    },
  }),
  stepInvariant({
    id: 'v6.1/4',
    text: 'Adding memory makes exactly the blocks of its range appear, removing it makes exactly those disappear.',
    look: checkBlocksComeAndGo,
  }),
  stateInvariant({
    id: 'v6.1/5',
    text: 'The links below /sys/bus/memory/devices are those of the block directories.',
    of: ['blocks'],
    look: checkBus,
  }),
  stateInvariant({
    id: 'v6.1/6',
    text: 'Every block is linked with its node both ways; a hot-added one with exactly one.',
    when: showsNodes,
    of: ['blocks'],
    look: checkNodeLinks,
  }),
  stateInvariant({
    id: 'v6.1/7',
    text: 'removable reads 1 for every block, always.',
    when: ({ generation }) => generation.rules.sysfs.removable === 'always',
    of: ['blocks'],
    look({ machine, blocks }, expect) {
      for (const { id } of blocks) {
        const seen = readBlock(machine, { id, name: 'removable' })
        expect.same(`memory${id}/removable`, { expected: '1', seen })
      }
    },
  }),
]

function checkBlockSize({ machine }: Look, expect: Expect): void {
  const { blockBytes, sectionBytes } = machine.geometry
  const place = 'block_size_bytes'
  expect.holds(isPowerOfTwo(blockBytes), { place, expected: 'a power of two', seen: blockBytes })
  expect.holds(blockBytes >= sectionBytes, {
    place,
    expected: `at least a section, ${sectionBytes}`,
    seen: blockBytes,
  })
  const seen = readLine(machine, BLOCK_SIZE_FILE)
  expect.same(place, { expected: blockBytes.toString(16), seen })
}

function checkBlocksApart({ machine, blocks, isDue }: Look, expect: Expect): void {
  const { runs, separated } = machine.state.memory.blocks
  checkRunsApart({ what: 'block', runs, isDue }, expect)
  for (const { id } of blocks) {
    const block = separated.get(id)
    if (block === undefined) continue
    expect.same(() => `memory${id}`, { expected: id, seen: block.id })
    const run = runs.find(({ start, end }) => start <= id && id < end)
    expect.same(() => `memory${id} in a run of untouched blocks`, {
      expected: undefined,
      seen: run,
    })
  }
}

/** Runs are ascending, do not overlap and are not empty. */
export function checkRunsApart(
  of: { readonly what: string; readonly runs: readonly Range[] } & Pick<Look, 'isDue'>,
  expect: Expect,
): void {
  const { what, runs, isDue } = of
  runs.forEach((run, i) => {
    if (!isDue(run)) return
    const least = runs[i - 1]?.end ?? 0
    const most = runs[i + 1]?.start ?? Number.POSITIVE_INFINITY
    expect.holds(least <= run.start && run.start < run.end && run.end <= most, {
      place: `${what} run ${run.start}-${run.end}`,
      expected: `a start from ${least}, below an end up to ${most}`,
      seen: run,
    })
  })
}

function checkBlocksHaveSections(look: Look, expect: Expect): void {
  const { machine, blocks, others } = look
  for (const run of machine.state.memory.blocks.runs)
    if (look.isDue(run)) checkRunHasSections(machine, run, expect)
  for (const { id } of blocks) checkHasSection(machine, id, expect)
  for (const nr of others) {
    const id = blockOfSection(machine, nr)
    if (findBlock(machine, id) !== undefined) checkHasSection(machine, id, expect)
  }
}

function checkHasSection(machine: Machine, id: BlockId, expect: Expect): void {
  expect.holds(
    sectionsOfBlock(machine, id).some((nr) => isSectionPresent(machine, nr)),
    { place: () => `memory${id}`, expected: 'a present section', seen: 'none' },
  )
}

/** Blocks of a run that are not in a run of sections, not even in part, are looked at one by one. */
function checkRunHasSections(machine: Machine, { start, end }: Range, expect: Expect): void {
  const { sectionsPerBlock } = machine.geometry
  const checkGap = (gap: Range): void => {
    const gapEnd = Math.floor(gap.end / sectionsPerBlock)
    for (let id = Math.ceil(gap.start / sectionsPerBlock); id < gapEnd; id++)
      checkHasSection(machine, blockId(id), expect)
  }
  let at = start * sectionsPerBlock
  for (const run of machine.state.memory.sections.runs) {
    if (run.end <= at) continue
    if (run.start >= end * sectionsPerBlock) break
    checkGap({ start: at, end: run.start })
    at = run.end
  }
  checkGap({ start: at, end: end * sectionsPerBlock })
}

function checkBlocksComeAndGo(step: Step, expect: Expect): void {
  const { operation, before, after, outcome } = step
  // A removal that ended at a hole: 2012/I-11.2 says which blocks are gone.
  const hasEnded = outcome.kind === 'refused' && outcome.code === 'SECTION_ABSENT'
  if (!isHotplug(step) || hasEnded) return
  const came = blocksThatCame(step)
  const went = blocksThatWent(step)
  const { blockBytes } = step.machine.geometry
  const done = outcome.kind === 'done'
  const inBlocks = ({ start, end }: Range): Range => ({
    start: Math.floor(start / blockBytes),
    end: Math.ceil(end / blockBytes),
  })
  if (operation.op === 'add' || operation.op === 'remove') {
    const range = done ? [inBlocks(operation)] : []
    const isAdd = operation.op === 'add'
    const known = blocksOfBytes(operation, blockBytes).filter((id) => before.blocks.get(id))
    const there = done ? joinIds(known) : []
    expect.same('blocks that appeared', { expected: isAdd ? range : [], seen: came })
    expect.same('blocks that disappeared', { expected: isAdd ? [] : there, seen: went })
    return
  }
  // A step of a rollback that was made to fail: the real kernel stops there.
  if (step.faulted || (came.length === 0 && went.length === 0)) return
  const wanted = (device: DeviceView): readonly Range[] => device.ranges.map(inBlocks)
  const arrived = devicesWithMemory(after).filter(({ name }) => isOther(name, before, after))
  const left = devicesWithMemory(before).filter(({ name }) => isOther(name, before, after))
  checkSpread(expect, { place: 'blocks that appeared', blocks: came, devices: arrived.map(wanted) })
  checkSpread(expect, { place: 'blocks that disappeared', blocks: went, devices: left.map(wanted) })
}

/** A device that stays may lose its memory (one whose _EJ0 does nothing), and that of virtio-mem grows and shrinks. */
const isOther = (name: string, before: Observation, after: Observation): boolean =>
  !isAlike(before.devices.get(name)?.ranges ?? [], after.devices.get(name)?.ranges ?? [])

const devicesWithMemory = (moment: Observation): readonly DeviceView[] =>
  [...moment.devices.values()].filter(({ ranges }) => ranges.length > 0)

/** Whatever comes or goes belongs to a device whose memory is another than before; firmware may claim memory that was there before. */
function checkSpread(
  expect: Expect,
  what: {
    readonly place: string
    readonly blocks: readonly Range[]
    readonly devices: readonly (readonly Range[])[]
  },
): void {
  const claimed = emptyIntervalSet()
  for (const range of what.devices.flat()) insertInterval(claimed, range)
  for (const blocks of what.blocks) {
    expect.holds(
      claimed.ranges.some((range) => rangeContains(range, blocks)),
      { place: what.place, expected: 'blocks of devices that came, went or changed', seen: blocks },
    )
  }
}

function checkBus({ machine, blocks }: Look, expect: Expect): void {
  const bus = '/sys/bus/memory/devices'
  for (const { id } of blocks) {
    expect.same(`${bus}/memory${id}`, {
      expected: `../../../devices/system/memory/memory${id}`,
      seen: machine.tree.readlink(`${bus}/memory${id}`),
    })
    const next = blockId(id + 1)
    if (findBlock(machine, next) !== undefined) continue
    const path = `${bus}/memory${next}`
    expect.same(path, { expected: undefined, seen: machine.tree.lookup(path) })
  }
}

function checkNodeLinks({ machine, blocks }: Look, expect: Expect): void {
  for (const block of blocks) {
    const { id, nodeId, extraNodes, early } = block
    const nodes = [nodeId, ...extraNodes]
    if (!early) expect.same(() => `nodes of memory${id}`, { expected: [nodeId], seen: nodes })
    for (const node of machine.state.memory.nodes.keys()) {
      const linked = nodes.includes(node)
      const there = blockFile(id, `node${node}`)
      const back = nodeFile(node, `memory${id}`)
      expect.same(there, { expected: linked, seen: machine.tree.lookup(there)?.kind === 'link' })
      expect.same(back, { expected: linked, seen: machine.tree.lookup(back)?.kind === 'link' })
    }
  }
}
