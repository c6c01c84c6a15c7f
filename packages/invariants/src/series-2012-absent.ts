import { type InvariantEntry, notApplicable } from './invariant-entry'

const COUNTS =
  'Of the memory of kernel objects; the model has no pointers and keeps no reference counts.'
const NOT_BOUND =
  'A device whose enabling fails is not bound: nothing is left that could keep its node.'
const BOOT_INFO =
  'Boot’s own tables and memmap stand at addresses beyond memory here: tags and counts of theirs would decide nothing.'
const MEMBLOCK = 'The model has no memblock: boot memory and LMBs are known by their blocks.'

const TEXTS: readonly (readonly [number: string, reason: string, text: string])[] = [
  ['I-02.6', COUNTS, 'References to block devices are balanced on every exit.'],
  ['I-03.2', NOT_BOUND, 'The node is stored also where enabling the device fails.'],
  ['I-10.1', COUNTS, 'A block is freed exactly once, after its last reference.'],
  ['I-10.2', COUNTS, 'No device lacks a release function.'],
  ['I-13.1', BOOT_INFO, 'n registrations of a metadata page need n releases before it is freed.'],
  [
    'I-13.2',
    BOOT_INFO,
    'Tag and owner of a metadata page never change after the first registration.',
  ],
  ['I-14.1', BOOT_INFO, 'Boot pages of node data and wait tables are tagged and counted.'],
  [
    'I-15.1',
    BOOT_INFO,
    'A shared table page is counted once for each section and step that uses it.',
  ],
  ['I-15.2', BOOT_INFO, 'Each of the 512 pages of a large boot memmap leaf has its own count.'],
  ['I-18.1', COUNTS, 'Deferred work of a node never runs after its release.'],
  ['I-18.3', COUNTS, 'No node device lacks a release function.'],
  ['P-1', MEMBLOCK, 'The regions of memblock are the assigned LMBs.'],
]

/** Invariants of the series of 2012 that cannot be broken here, and why. */
export const ABSENT_2012_INVARIANTS: readonly InvariantEntry[] = TEXTS.map(
  ([number, reason, text]) => notApplicable({ id: `2012/${number}`, text, reason }),
)
