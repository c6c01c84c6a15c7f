import type { Machine } from '@memhp/core'
import { blockId, isPowerOfTwo, type Range, rangeContains, sectionNr } from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import { emptyIntervalSet, insertInterval, isSectionPresent } from '@memhp/core/plugin'
import { BLOCK_SIZE_FILE, blockFile, nodeFile } from '@memhp/kernel-files'
import type { Expect } from './broken-invariant'
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

function checkBlocksApart({ machine, blocks, areRunsDue }: Look, expect: Expect): void {
  const { runs, separated } = machine.state.memory.blocks
  if (areRunsDue) checkRunsApart(runs, expect)
  for (const { id } of blocks) {
    const block = separated.get(id)
    if (block === undefined) continue
    expect.same(`memory${id}`, { expected: id, seen: block.id })
    const run = runs.find(({ start, end }) => start <= id && id < end)
    expect.same(`memory${id} in a run of untouched blocks`, { expected: undefined, seen: run })
  }
}

function checkRunsApart(runs: readonly Range[], expect: Expect): void {
  runs.forEach((run, i) => {
    const place = `block run ${run.start}-${run.end}`
    const end = runs[i - 1]?.end ?? 0
    expect.holds(end <= run.start && run.start < run.end, {
      place,
      expected: `a start from ${end} and below its end`,
      seen: run.start,
    })
  })
}

function checkBlocksHaveSections({ machine, blocks, areRunsDue }: Look, expect: Expect): void {
  if (areRunsDue) checkRunsHaveSections(machine, expect)
  for (const { id } of blocks) {
    expect.holds(
      sectionsOfBlock(machine, id).some((nr) => isSectionPresent(machine, nr)),
      { place: `memory${id}`, expected: 'a present section', seen: 'none' },
    )
  }
}

/** Each block of a run has a section in a run of sections, or one that stands by itself. */
function checkRunsHaveSections({ geometry, state }: Machine, expect: Expect): void {
  const { sectionsPerBlock } = geometry
  const { runs, separated } = state.memory.sections
  const checkGap = (gap: Range): void => {
    const end = Math.floor(gap.end / sectionsPerBlock)
    for (let id = Math.ceil(gap.start / sectionsPerBlock); id < end; id++) {
      const sections = Array.from({ length: sectionsPerBlock }, (_, i) => id * sectionsPerBlock + i)
      expect.holds(
        sections.some((nr) => separated.has(sectionNr(nr))),
        { place: `memory${id}`, expected: 'a present section', seen: 'none' },
      )
    }
  }
  let next = 0
  for (const { start, end } of state.memory.blocks.runs) {
    const last = end * sectionsPerBlock
    let at = start * sectionsPerBlock
    for (let run = runs[next]; run !== undefined && run.start < last; run = runs[++next]) {
      checkGap({ start: at, end: run.start })
      at = Math.max(at, run.end)
      if (run.end > last) break
    }
    checkGap({ start: at, end: last })
  }
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
  const arrived = devicesWithMemory(after).filter(({ name }) => !hasMemory(before, name))
  const left = devicesWithMemory(before).filter(({ name }) => !hasMemory(after, name))
  checkSpread(expect, { place: 'blocks that appeared', blocks: came, devices: arrived.map(wanted) })
  checkSpread(expect, { place: 'blocks that disappeared', blocks: went, devices: left.map(wanted) })
}

/** A device that stays may lose its memory: one whose _EJ0 does nothing. */
const hasMemory = ({ devices }: Observation, name: string): boolean =>
  (devices.get(name)?.ranges.length ?? 0) > 0

const devicesWithMemory = (moment: Observation): readonly DeviceView[] =>
  [...moment.devices.values()].filter(({ name }) => hasMemory(moment, name))

/** Whatever comes or goes belongs to a device that came or went; firmware may claim memory that was there before. */
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
      { place: what.place, expected: 'blocks of devices that came or went', seen: blocks },
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
    if (!early) expect.same(`nodes of memory${id}`, { expected: [nodeId], seen: nodes })
    for (const node of machine.state.memory.nodes.keys()) {
      const linked = nodes.includes(node)
      const there = blockFile(id, `node${node}`)
      const back = nodeFile(node, `memory${id}`)
      expect.same(there, { expected: linked, seen: machine.tree.lookup(there)?.kind === 'link' })
      expect.same(back, { expected: linked, seen: machine.tree.lookup(back)?.kind === 'link' })
    }
  }
}
