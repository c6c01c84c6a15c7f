import { absentInvariant, type InvariantEntry } from './invariant-entry'

const reason = 'Speaks of pseries: it waits for the packages arch-powerpc and driver-pseries.'

const absent = (number: number, text: string): InvariantEntry =>
  absentInvariant({ id: `v6.1/${number}`, text, reason })

/** Section 8.9: DLPAR on pseries. */
export const DLPAR_INVARIANTS: readonly InvariantEntry[] = [
  absent(
    63,
    'An LMB is a block, and is online after a successful add even where blocks stay offline by default.',
  ),
  absent(
    64,
    'A request for several LMBs assigns all or none, except where the rollback itself fails.',
  ),
  absent(65, 'A request that cannot be parsed, and count 0, give EINVAL and change nothing.'),
  absent(66, 'remove count n with fewer than n removable LMBs gives EINVAL and touches no block.'),
  absent(67, 'remove index fails as offlining does; count and indexed-count always with EINVAL.'),
  absent(68, 'No request removes an LMB that is reserved, as those of boot memory are under QEMU.'),
  absent(69, 'Under QEMU, an LMB that only the guest removed cannot be added again: EPERM.'),
  absent(
    70,
    'add index gives EPERM for an assigned LMB, EINVAL for one without memory or an unknown one.',
  ),
]
