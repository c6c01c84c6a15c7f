import { coveredByTest, type InvariantEntry } from './invariant-entry'

const tested = (number: number, text: string): InvariantEntry =>
  coveredByTest({ id: `v6.1/${number}`, text })

/** Section 8.9: DLPAR on pseries. Simulations of POWER guests check all others over every request. */
export const DLPAR_INVARIANTS: readonly InvariantEntry[] = [
  tested(
    63,
    'An LMB is a block, and is online after a successful add even where blocks stay offline by default.',
  ),
  tested(
    64,
    'A request for several LMBs assigns all or none, except where the rollback itself fails.',
  ),
  tested(65, 'A request that cannot be parsed, and count 0, give EINVAL and change nothing.'),
  tested(66, 'remove count n with fewer than n removable LMBs gives EINVAL and touches no block.'),
  tested(67, 'remove index fails as offlining does; count and indexed-count always with EINVAL.'),
  tested(68, 'No request removes an LMB that is reserved, as those of boot memory are under QEMU.'),
  tested(69, 'Under QEMU, an LMB that only the guest removed cannot be added again: EPERM.'),
  tested(
    70,
    'add index gives EPERM for an assigned LMB, EINVAL for one without memory or an unknown one.',
  ),
]
