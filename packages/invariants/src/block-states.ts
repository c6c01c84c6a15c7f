import { blockId, type OnlineType } from '@memhp/core'
import { blockRange, bootExtentsIn, subsectionPages, zoneEndPfn } from '@memhp/core/inspect'
import { parseIomem, systemRamBytes } from '@memhp/kernel-files'
import { onlineTruth, stateWord } from './block-write'
import type { Expect } from './broken-invariant'
import { changesOf, expectUnchanged } from './changes'
import type { StateDifference } from './difference'
import {
  coveredByTest,
  type InvariantEntry,
  stateInvariant,
  stepInvariant,
} from './invariant-entry'
import type { Look } from './look'
import { hasBlockFile, readBlock } from './reading'
import { holesInBoot } from './span'
import { errnoOf, type Step } from './step'

/** Section 8.2: the state machine of a block. */
export const BLOCK_STATE_INVARIANTS: readonly InvariantEntry[] = [
  stateInvariant({
    id: 'v6.1/8',
    text: 'state reads online, offline or going-offline, and never going-offline between two operations.',
    of: ['blocks'],
    look({ machine, blocks }, expect) {
      for (const { id } of blocks) {
        const seen = readBlock(machine, { id, name: 'state' })
        expect.holds(seen === 'online' || seen === 'offline', {
          place: `memory${id}/state`,
          expected: 'online or offline',
          seen,
        })
      }
    },
  }),
  stateInvariant({
    id: 'v6.1/9',
    text: 'online reads 1 exactly where state reads online.',
    when: hasBlockFile('online'),
    of: ['blocks'],
    look({ machine, blocks }, expect) {
      for (const { id } of blocks) {
        const state = readBlock(machine, { id, name: 'state' })
        const seen = readBlock(machine, { id, name: 'online' })
        expect.same(`memory${id}/online`, { expected: state === 'online' ? '1' : '0', seen })
      }
    },
  }),
  stepInvariant({
    id: 'v6.1/10',
    text: 'A hot-added block is offline, unless blocks are brought online automatically or DLPAR added it.',
    of: 'blocks',
    look: checkNewBlocks,
  }),
  stepInvariant({
    id: 'v6.1/11',
    text: 'A word of onlining written to state of an online block is refused with EINVAL and changes nothing to be seen.',
    of: 'write',
    look(step, expect) {
      const write = step.write
      if (write?.file !== 'state' || write.before.state !== 'online') return
      const word = wordOf(step, write.text)
      if (word === undefined || word === 'offline') return
      expect.same('errno', { expected: 'EINVAL', seen: errnoOf(step) })
      expect.same(`memory${write.id}/state`, { expected: 'online', seen: write.after.state })
    },
  }),
  stepInvariant({
    id: 'v6.1/12',
    text: 'offline written to state of an offline block is refused with EINVAL.',
    of: 'write',
    look(step, expect) {
      const write = step.write
      if (write?.file !== 'state' || write.before.state !== 'offline') return
      if (wordOf(step, write.text) !== 'offline') return
      expect.same('errno', { expected: 'EINVAL', seen: errnoOf(step) })
    },
  }),
  stepInvariant({
    id: 'v6.1/13',
    text: 'Asking by online for the state that a block has succeeds, without a uevent and without a change.',
    of: 'write',
    look: checkOnlineAgain,
  }),
  stepInvariant({
    id: 'v6.1/14',
    text: 'Any other word written to state is refused with EINVAL and changes nothing, not even the stored type.',
    of: 'write',
    look(step, expect) {
      const write = step.write
      if (write?.file !== 'state' || wordOf(step, write.text) !== undefined) return
      expect.same('errno', { expected: 'EINVAL', seen: errnoOf(step) })
      expectUnchanged(step, expect)
    },
  }),
  stepInvariant({
    id: 'v6.1/15',
    text: 'online takes any text that begins with on, of, y, n, t, f, 0 or 1 in any case, and refuses others with EINVAL.',
    of: 'write',
    look(step, expect) {
      const write = step.write
      if (write?.file !== 'online') return
      const refused = step.outcome.kind === 'refused' && step.outcome.code === 'BAD_WORD'
      const expected = onlineTruth(write.text) === undefined
      expect.same(`${JSON.stringify(write.text)} refused`, { expected, seen: refused })
    },
  }),
  coveredByTest({
    id: 'v6.1/16',
    text: 'The type of a refused write to state is stored, and decides the zone of the next echo 1 > online.',
  }),
  stepInvariant({
    id: 'v6.1/17',
    text: 'A real attempt to bring a block online forgets the stored type, whether it succeeds or not.',
    of: 'attempt',
    look(step, expect) {
      const attempt = step.attempt
      if (attempt?.to !== 'online') return
      const place = `stored type of memory${attempt.id}`
      expect.same(place, { expected: 'offline', seen: attempt.after.pendingType })
    },
  }),
  stepInvariant({
    id: 'v6.1/18',
    text: 'A failed offline leaves the block online in its zone, and every count, span and valid_zones as it was.',
    of: 'attempt',
    look(step, expect) {
      if (step.attempt?.to !== 'offline' || step.outcome.kind === 'done') return
      expectUnchanged(step, expect)
    },
  }),
  stepInvariant({
    id: 'v6.1/19',
    text: 'A failed online leaves the block offline, and every count and span as it was.',
    // Kernels that bind zones as memory is added move their boundary, and leave it where a refusal found it.
    when: ({ generation }) => generation.rules.zones.joins === 'onlined',
    of: 'attempt',
    look(step, expect) {
      if (step.attempt?.to !== 'online' || step.outcome.kind === 'done') return
      const seen = changesOf(step).filter((change) => !isLeftByOnline(step, change))
      expect.same('what a failed online left', { expected: [], seen })
    },
  }),
  stepInvariant({
    id: 'v6.1/20',
    text: 'Every online and every offline that succeeds emits exactly one uevent of the block; one that fails, none.',
    of: 'blocks',
    look: checkUevents,
  }),
  stepInvariant({
    id: 'v6.1/21',
    text: 'A block whose valid_zones reads none refuses to go offline with EINVAL.',
    of: 'attempt',
    look(step, expect) {
      const attempt = step.attempt
      if (attempt?.to !== 'offline' || attempt.validZones.before !== 'none') return
      expect.same('errno', { expected: 'EINVAL', seen: errnoOf(step) })
    },
  }),
  stateInvariant({
    id: 'v6.1/22',
    text: 'On x86, valid_zones of memory0 reads none where the block has pages of DMA and of DMA32.',
    when: hasBlockFile('valid_zones'),
    of: ['blocks'],
    look: checkFirstBlock,
  }),
  stepInvariant({
    id: 'v6.1/23',
    text: 'A boot block that /proc/iomem does not show as System RAM throughout refuses to go offline with EINVAL.',
    when: ({ generation }) => generation.rules.offline.holes === 'refused',
    of: 'attempt',
    look: checkHoles,
  }),
]

/** The word that a text is to `state` of the machine of a step. */
const wordOf = ({ machine }: Step, text: string): OnlineType | undefined =>
  stateWord(text, machine.generation.rules.sysfs)

/** Whether a span begins or ends with a hole beside boot memory, which the search finds. */
function isAtHole({ machine }: Step, place: string): boolean {
  return [...machine.state.memory.zones.values()].some(
    (zone) =>
      [`zones/${zone.key}/spannedPages`, `zones/${zone.key}/startPfn`].includes(place) &&
      holesInBoot(machine, zone.key).some(
        ({ start, end }) => start === zone.startPfn || end === zoneEndPfn(zone),
      ),
  )
}

/**
 * What the kernel does not undo: the stored type, and the end of a span within a subsection, which the search for
 * the next online page passes over.
 */
function isLeftByOnline(step: Step, { place, before, after }: StateDifference): boolean {
  if (place.endsWith('/pendingType')) return true
  if (typeof before !== 'number' || typeof after !== 'number') return false
  const isEdge = /(spannedPages|startPfn)$/.test(place)
  return (
    (isEdge && Math.abs(before - after) < subsectionPages(step.machine)) || isAtHole(step, place)
  )
}

/** DLPAR brings what it adds online whatever the setting says (v6.1/63). */
const DLPAR = 'pseries'

function checkNewBlocks(step: Step, expect: Expect): void {
  const { before, blocks, machine, operation } = step
  const byDlpar = machine.drivers.some(({ name }) => name === DLPAR) && operation.op !== 'add'
  if (byDlpar || before.settings.autoOnline !== 'offline') return
  for (const { id, was, is } of blocks) {
    if (is === undefined || is.early || was !== undefined) continue
    expect.same(`memory${id}/state`, { expected: 'offline', seen: is.state })
  }
}

function checkOnlineAgain(step: Step, expect: Expect): void {
  const write = step.write
  if (write?.file !== 'online') return
  const truth = onlineTruth(write.text)
  if (truth === undefined || truth !== (write.before.state === 'online')) return
  expect.same('errno', { expected: null, seen: errnoOf(step) })
  expect.same('uevents', { expected: [], seen: step.uevents })
  expectUnchanged(step, expect)
}

function checkUevents(step: Step, expect: Expect): void {
  for (const { id, from, to } of stateChanges(step)) {
    const path = `/devices/system/memory/memory${id}`
    const actions = step.uevents
      .filter(({ devpath }) => devpath === path)
      .map(({ action }) => action)
    const flips = actions.filter((action) => action === 'online' || action === 'offline')
    const place = `uevents of memory${id}`
    // A block that is gone belonged to a device that shrinks, which was tried again as another block came online.
    if (step.operation.op === 'write' && step.attempt !== undefined && to !== undefined) {
      expect.same(place, { expected: from === to ? [] : [to], seen: flips })
      continue
    }
    let state = from
    for (const flip of flips) {
      expect.holds(flip !== state, { place, expected: 'on and off in turns', seen: flips })
      state = flip
    }
    if (to !== undefined) expect.same(`${place}, the last`, { expected: to, seen: state })
  }
}

interface StateChange {
  readonly id: number
  /** A block that comes into being is offline first. */
  readonly from: string
  /** Undefined for a block that is gone. */
  readonly to: string | undefined
}

const stateChanges = ({ blocks }: Step): readonly StateChange[] =>
  blocks.map(({ id, was, is }) => ({ id, from: was?.state ?? 'offline', to: is?.state }))

function checkFirstBlock({ machine, blocks }: Look, expect: Expect): void {
  if (machine.arch.name !== 'x86_64') return
  const [block] = blocks
  if (block === undefined || block.id !== 0 || !block.early) return
  const zones = new Set(
    bootExtentsIn(machine, blockRange(machine, blockId(0))).map(({ zone }) => zone),
  )
  if (zones.size < 2) return
  const seen = readBlock(machine, { id: block.id, name: 'valid_zones' })
  expect.same('memory0/valid_zones', { expected: 'none', seen })
}

function checkHoles(step: Step, expect: Expect): void {
  const attempt = step.attempt
  if (attempt?.to !== 'offline' || !attempt.before.early || step.faulted) return
  if (attempt.validZones.before === 'none') return
  const { blockBytes } = step.machine.geometry
  const range = { start: attempt.id * blockBytes, end: (attempt.id + 1) * blockBytes }
  if (systemRamBytes(parseIomem(step.before.iomem), range) === blockBytes) return
  expect.same('errno', { expected: 'EINVAL', seen: errnoOf(step) })
}
