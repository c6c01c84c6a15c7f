import { coveredByTest, type InvariantEntry } from './invariant-entry'

/** Section 8.12: corner cases of what files take. */
export const PARSER_INVARIANTS: readonly InvariantEntry[] = [
  coveredByTest({
    id: 'v6.1/82',
    text: 'state takes a word with one newline; blanks, capitals and an empty line give EINVAL, and writing nothing calls no handler.',
  }),
  coveredByTest({
    id: 'v6.1/83',
    text: 'probe takes an address in hex, decimal or octal; junk behind it gives EINVAL, more than 64 bits ERANGE, no beginning of a block EINVAL.',
  }),
  coveredByTest({
    id: 'v6.1/84',
    text: 'auto_online_blocks takes the words of state, reads back the word, and does nothing to blocks that are there.',
  }),
  coveredByTest({
    id: 'v6.1/85',
    text: 'online_policy takes contig-zones and auto-movable, auto_movable_ratio an unsigned number; all else gives EINVAL.',
  }),
  coveredByTest({
    id: 'v6.1/86',
    text: 'eject takes 1, 10 and 1abc; 01, a blank before the 1, and 0 give EINVAL.',
  }),
  coveredByTest({
    id: 'v6.1/87',
    text: '/sys/firmware/acpi/hotplug/memory/enabled takes a decimal 0 or 1, also 01; 2, y and 0x1 give EINVAL.',
  }),
]
