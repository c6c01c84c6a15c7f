import { type InvariantEntry, notApplicable } from './invariant-entry'

const RFC9 = 'Holds for the generation rfc9 only, whose rules do not go as far yet.'
const COUNTS = 'The model keeps no reference counts.'
const NO_DEVICE_STATE = 'The ACPI handler of 6.1 keeps no state word and cannot be unbound.'
const BOOT_INFO =
  'The model keeps no boot-memory records of metadata pages; 6.1 has none on x86 either but for counts.'
const CGROUP = 'Page tables of memory cgroups (page_cgroup) are gone since Linux 3.19.'
const MEMBLOCK = 'The model has no memblock: boot memory and LMBs are known by their blocks.'
const S390 = 'Waits for the packages arch-s390 and driver-sclp.'
const POISON =
  'Linux 6.1 keeps the poison mark until the section is removed, and skips such pages instead.'

const TEXTS: readonly (readonly [number: string, reason: string, text: string])[] = [
  [
    'I-01.3',
    RFC9,
    'With the first patch alone, an eject fails with EINVAL and takes nothing offline.',
  ],
  ['I-02.6', COUNTS, 'References to block devices are balanced on every exit.'],
  ['I-03.2', NO_DEVICE_STATE, 'The node is stored also where enabling the device fails.'],
  [
    'I-04.4',
    NO_DEVICE_STATE,
    'After a failure, ranges not reached yet stay enabled and the device powered on.',
  ],
  [
    'I-04.5',
    NO_DEVICE_STATE,
    'A failing _EJ0 makes the device invalid although its memory is gone.',
  ],
  ['I-04.6', NO_DEVICE_STATE, 'Unbinding the driver removes no memory.'],
  [
    'I-05.1',
    RFC9,
    'Bringing a range with an absent section online gives EINVAL and calls no notifier.',
  ],
  ['I-05.2', RFC9, 'The check for presence costs a step a page and depends on sections only.'],
  ['I-06.1', RFC9, 'The driver can be a module; the bus never hears of a failing remove.'],
  ['I-07.1', RFC9, 'The ACPI node is gone exactly where the ejection succeeded (6.1 keeps it).'],
  ['I-07.2', COUNTS, 'The memory device is freed exactly once.'],
  ['I-07.3', RFC9, 'The ACPI node is not removed where disabling the device failed.'],
  [
    'I-09.2',
    RFC9,
    'Removing a part of a resource leaves its line and warns (6.1 trims or splits it).',
  ],
  [
    'I-09.3',
    RFC9,
    'Removing an LMB calls the removal of pages once for each section (6.1: once for the whole LMB).',
  ],
  [
    'I-09.4',
    RFC9,
    'The resource is released even if a later section fails (in 6.1 no section fails).',
  ],
  ['I-10.1', COUNTS, 'A block is freed exactly once, after its last reference.'],
  ['I-10.2', COUNTS, 'No device lacks a release function.'],
  [
    'I-11.2',
    RFC9,
    'Sections go in ascending order: visible where one of them may fail, which in 6.1 none does.',
  ],
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
  ['I-20.2', POISON, 'The counter of poisoned pages falls by the marks that onlining clears.'],
  ['I-21.1', CGROUP, 'A failed online leaves no cgroup table of the range.'],
  ['I-21.2', CGROUP, 'Cancelling after the cgroup notifier itself refused does no harm.'],
  ['I-21.3', CGROUP, 'The cgroup notifier hears of the cancelling also where it was never asked.'],
  ['P-1', MEMBLOCK, 'The regions of memblock are the assigned LMBs.'],
  ['S-1', S390, 'Going offline gives increments back to the hypervisor without removing blocks.'],
  ['S-2', S390, 'An attempt to remove leaves sections, blocks and mapping as they are.'],
  ['S-3', S390, 'The removal of 2012 reports success all the same.'],
]

/** Invariants of the series of 2012 that cannot be broken here, and why. */
export const ABSENT_2012_INVARIANTS: readonly InvariantEntry[] = TEXTS.map(
  ([number, reason, text]) => notApplicable({ id: `2012/${number}`, text, reason }),
)
