import type { Mutant } from './mutant'

/** Of what boot reserves, and what it sets aside for contiguous allocation. */
export const BOOT_MUTANTS: readonly Mutant[] = [
  {
    id: 'cma-free-as-captured',
    fault:
      '/proc/meminfo tells as free of what is set aside what was free of it when the machine was captured.',
    in: 'takenAside',
    from: '(FREE_AT_BOOT.get(machine.description) ?? 0) - freeOf(machine)',
    to: '(FREE_AT_BOOT.get(machine.description) ?? 0) * 0',
    tests: ['contiguous-memory'],
  },
  {
    id: 'cma-only-where-set-aside',
    fault:
      '/proc/pagetypeinfo has no row of CMA where nothing is set aside, though the kernel counts it.',
    in: 'typesOf',
    from: 'isSetAside || counts',
    to: 'isSetAside',
    tests: ['contiguous-memory'],
  },
  {
    id: 'set-aside-goes',
    fault: 'A block that has a part of what is set aside for contiguous allocation goes.',
    in: 'firstObstacleAside',
    from: 'page === undefined',
    to: 'true',
    tests: ['contiguous-memory'],
  },
  {
    id: 'set-aside-at-the-very-top',
    fault: 'What boot has at the top of memory before it sets any aside takes no place.',
    in: 'areasInZone',
    from: '(BOOT_DATA_BYTES + tableBytes) / pageBytes',
    to: '0',
    tests: ['areas'],
  },
  {
    id: 'reserved-below-a-hole',
    fault:
      'What has to lie below 4 GiB is at the bottom of memory where Movable begins above that.',
    in: 'takeBelowMovable',
    from: 'bootExtents.find(({ zone }) => zone === movable.key)?.startPfn !== top',
    to: 'false',
    tests: ['replay'],
  },
  {
    id: 'reserved-in-what-is-spare',
    fault: 'What boot reserves fills what alignment left free above an area.',
    in: 'cutAside',
    from: '[...areas, ...spare]',
    to: '[...areas]',
    tests: ['replay'],
  },
  {
    id: 'crash-kernel-takes-no-place',
    fault: 'What is set aside for a crash kernel lies where the crash kernel itself does.',
    in: 'areasInZone',
    from: 'kernel !== undefined',
    to: 'false',
    tests: ['areas'],
  },
  {
    id: 'set-aside-for-the-kernel',
    fault: 'Kernel memory is allocated from what is set aside for contiguous allocation.',
    in: 'chooseAside',
    from: 'request.type !== MIGRATE_TYPE.movable',
    to: 'false',
    tests: ['contiguous-memory'],
  },
  {
    id: 'set-aside-last-of-all',
    fault: 'Movable pages come from what is set aside only where nothing else is left.',
    in: 'chooseAside',
    from: 'freeInZone(machine, zone) * 2 <= zone.free.freePages',
    to: 'true',
    tests: ['contiguous-memory'],
  },
]
