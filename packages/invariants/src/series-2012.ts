import { zoneMembers } from '@memhp/core/inspect'
import {
  coveredByTest,
  type InvariantEntry,
  stateInvariant,
  stepInvariant,
} from './invariant-entry'
import { showsNodes } from './reading'
import { checkDirectMapCounters, checkRemovedMapping } from './sections'
import {
  checkAnswers,
  checkDeleted,
  checkFirmwareMap,
  checkIomemLine,
  checkLives,
  checkNodeDirectories,
  checkNodesInUse,
  checkOfflineRange,
  checkPresentPages,
  checkRemovalOfOnline,
  checkRemovedSections,
  checkTotalByUevents,
} from './series-2012-checks'
import { checkSpans } from './span'

/** Invariants of the series of 2012 that Linux 6.1 keeps as well. */
export const SERIES_2012_INVARIANTS: readonly InvariantEntry[] = [
  stateInvariant({
    id: '2012/G-1',
    text: 'The present pages of a zone are those of its online memory.',
    of: ['zones'],
    look: checkPresentPages,
  }),
  stepInvariant({
    id: '2012/G-2',
    text: 'MemTotal changes by the pages of a block for each online and offline uevent, by those that are withheld of a block or given back while it is online, and by nothing else.',
    look: checkTotalByUevents,
  }),
  coveredByTest({
    id: '2012/G-3',
    text: 'Adding and removing a range restores resources, firmware map, blocks, nodes, spans, sections, counters and translations.',
  }),
  coveredByTest({
    id: '2012/G-4',
    text: 'A failed offline leaves states, counters and pageblocks as they were, but for pageblock types.',
  }),
  stepInvariant({
    id: '2012/G-5',
    text: 'Every question to the notifiers is followed by exactly one answer: done or cancelled.',
    of: 'notices',
    look: checkAnswers,
  }),
  stepInvariant({
    id: '2012/G-6',
    text: 'No block of a range is online while the range is removed.',
    of: 'removal',
    look(step, expect) {
      if (step.operation.op !== 'remove') return
      for (const { id, was, is } of step.blocks) {
        if (was === undefined || is !== undefined) continue
        const seen = was.state
        expect.same(`memory${id}, removed`, { expected: 'offline', seen })
      }
    },
  }),
  stepInvariant({
    id: '2012/G-7',
    text: 'The uevents of a block are add, then online and offline in turns, then remove.',
    of: 'blocks',
    look: checkLives,
  }),
  stepInvariant({
    id: '2012/I-01.1',
    text: 'Going offline is about exactly the pages of the block, less those that hold its own memmap.',
    of: 'attempt',
    look: checkOfflineRange,
  }),
  coveredByTest({
    id: '2012/I-01.2',
    text: 'In the series of 2012, going offline gives up after 120 s.',
  }),
  coveredByTest({
    id: '2012/I-02.1',
    text: 'Taking a range offline whose blocks are all offline emits nothing.',
  }),
  coveredByTest({
    id: '2012/I-02.2',
    text: 'A block of several sections is taken offline once, not once a section.',
  }),
  coveredByTest({
    id: '2012/I-02.3',
    text: 'Taking a range offline goes by ascending block number.',
  }),
  coveredByTest({
    id: '2012/I-02.4',
    text: 'The first failure ends the walk: blocks above it are untouched.',
  }),
  stateInvariant({
    id: '2012/I-02.5',
    text: 'No block is left going offline.',
    of: ['blocks'],
    look({ blocks }, expect) {
      for (const { id, state } of blocks) {
        expect.same(`memory${id} going offline`, {
          expected: false,
          seen: state === 'going-offline',
        })
      }
    },
  }),
  coveredByTest({ id: '2012/I-03.1', text: 'Removal names the node that adding was given.' }),
  stepInvariant({
    id: '2012/I-04.1',
    text: 'A device leaves its slot only after all its memory was taken offline and removed.',
    of: 'platform',
    look: checkDeleted,
  }),
  stepInvariant({
    id: '2012/I-04.2',
    text: 'In the series of 2012, removing a range with an online block gives EAGAIN.',
    when: ({ generation }) => generation.rules.remove.onlineErrno === 'EAGAIN',
    of: 'removal',
    look: checkRemovalOfOnline,
  }),
  coveredByTest({
    id: '2012/I-04.3',
    text: 'A block that comes online between going offline and removal is noticed.',
  }),
  coveredByTest({
    id: '2012/I-08.1',
    text: 'Adding and removing a range restores the set of entries in the firmware map.',
  }),
  stepInvariant({
    id: '2012/I-08.2',
    text: 'A new entry of the firmware map has a larger number than any before it.',
    look(step, expect) {
      if (step.before.firmwareMap === step.after.firmwareMap) return
      const known = new Set(step.before.firmwareMap.entries.map(({ index }) => index))
      for (const { index } of step.after.firmwareMap.entries) {
        const isOld = known.has(index)
        const least = step.before.firmwareMap.nextIndex
        expect.holds(isOld || index >= least, {
          place: `memmap/${index}`,
          expected: `at least ${least}`,
          seen: index,
        })
      }
    },
  }),
  coveredByTest({
    id: '2012/I-08.3',
    text: 'Removing the range of a boot entry removes its directory; its number is not used again.',
  }),
  coveredByTest({
    id: '2012/I-08.4',
    text: 'An entry of the firmware map goes only where start, end and type all match.',
  }),
  stateInvariant({
    id: '2012/I-08.5',
    text: 'end of an entry of the firmware map is its last byte.',
    of: ['firmware map'],
    look: checkFirmwareMap,
  }),
  stepInvariant({
    id: '2012/I-09.1',
    text: 'Each range that is added is one line of /proc/iomem, which goes with exactly that range.',
    look: checkIomemLine,
  }),
  coveredByTest({
    id: '2012/I-10.3',
    text: 'A block of several sections disappears as a whole, with its links.',
  }),
  coveredByTest({
    id: '2012/I-11.1',
    text: 'A range that is not a whole number of blocks cannot be removed.',
  }),
  stepInvariant({
    id: '2012/I-12.1',
    text: 'After a removal no leaf of the direct map translates into the range.',
    of: 'lost blocks',
    look: checkRemovedMapping,
  }),
  coveredByTest({
    id: '2012/I-12.2',
    text: 'A removal leaves the translations of its neighbours alone.',
  }),
  stepInvariant({
    id: '2012/I-12.3',
    text: 'The DirectMap counters fall by what is removed.',
    of: 'lost blocks',
    look: checkDirectMapCounters,
  }),
  coveredByTest({
    id: '2012/I-16.1',
    text: 'A page that holds struct pages is freed only when all of it is unused.',
  }),
  coveredByTest({
    id: '2012/I-16.2',
    text: 'Struct pages of other sections are not touched when those of one are freed.',
  }),
  stepInvariant({
    id: '2012/I-16.3',
    text: 'After a removal the sections are not present, and their memmap is unmapped where it filled whole leaves.',
    of: 'lost blocks',
    look: checkRemovedSections,
  }),
  coveredByTest({
    id: '2012/I-16.4',
    text: 'Memory that is added again has fresh struct pages.',
  }),
  stateInvariant({
    id: '2012/I-17.1',
    text: 'The span of a zone covers all its memory, but for less than a subsection (in 2012 a section) at an end that boot left unaligned.',
    of: ['zones', 'sections'],
    look: checkSpans,
  }),
  coveredByTest({
    id: '2012/I-17.2',
    text: 'An edge of a span is tight after memory left at that edge.',
  }),
  stateInvariant({
    id: '2012/I-17.3',
    text: 'A zone without memory spans nothing, and begins at 0 unless it was prepared for pages that it did not get; Device spans what was ever in it.',
    of: ['zones', 'sections'],
    look({ machine }, expect) {
      for (const zone of machine.state.memory.zones.values()) {
        if (zone.kind === 'device' || zoneMembers(machine, zone).ranges.length > 0) continue
        const start = zone.isInitialised ? 0 : zone.startPfn
        expect.same(() => `start of ${zone.key}`, { expected: 0, seen: start })
        expect.same(() => `span of ${zone.key}`, { expected: 0, seen: zone.spannedPages })
      }
    },
  }),
  coveredByTest({
    id: '2012/I-17.4',
    text: 'A node that was empty before is empty again, and gets the same bounds when its memory comes back.',
  }),
  coveredByTest({ id: '2012/I-18.2', text: 'A node that went can be registered again.' }),
  stateInvariant({
    id: '2012/I-19.1',
    text: 'The directory of a node exists exactly where the node is online.',
    when: showsNodes,
    of: ['nodes'],
    look: checkNodeDirectories,
  }),
  stateInvariant({
    id: '2012/I-19.2',
    text: 'A node with memory that has a block (in 2012: a present section) or with a CPU is online.',
    of: ['nodes', 'blocks'],
    look: checkNodesInUse,
  }),
  coveredByTest({
    id: '2012/I-19.3',
    text: 'Removing the last memory of a node without CPUs removes its directory and its number.',
  }),
  coveredByTest({
    id: '2012/I-19.4',
    text: 'A node that only its CPUs keep spans nothing and stays online.',
  }),
  coveredByTest({
    id: '2012/I-20.1',
    text: 'In the series of 2012, every page of a block is free after onlining again, also poisoned ones.',
  }),
  coveredByTest({
    id: '2012/I-20.3',
    text: 'A block with a poisoned page goes offline, online and offline again.',
  }),
  coveredByTest({
    id: '2012/P-2',
    text: 'With the hash page table, each linear page of the memory that is there has one bolted entry.',
  }),
  coveredByTest({ id: '2012/P-3', text: 'Removing an LMB of k sections removes k sections.' }),
  coveredByTest({ id: '2012/P-4', text: 'An LMB is a multiple of the linear page.' }),
  coveredByTest({
    id: '2012/S-1',
    text: 'Going offline gives increments back to the hypervisor without removing blocks.',
  }),
  stepInvariant({
    id: '2012/X-1',
    text: 'A walk over the direct map of a removed range finds no leaf.',
    of: 'lost blocks',
    look: checkRemovedMapping,
  }),
  coveredByTest({
    id: '2012/X-2',
    text: 'No table without entries stays linked, but for the kinds that the architecture keeps.',
  }),
  coveredByTest({
    id: '2012/X-3',
    text: 'A large leaf of the vmemmap goes exactly when all its bytes are unused.',
  }),
  stepInvariant({
    id: '2012/X-4',
    text: 'The DirectMap lines together fall by the size of what is removed.',
    of: 'lost blocks',
    look: checkDirectMapCounters,
  }),
  coveredByTest({
    id: '2012/X-5',
    text: 'Memory that is added again is mapped by the same leaves.',
  }),
]
