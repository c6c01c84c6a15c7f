import type { Mutant } from './mutant'

/** Injection points, what their failures leave, and what the planner makes of what lies in the way. */
export const FAULT_MUTANTS: readonly Mutant[] = [
  {
    id: 'page-tables-never-short',
    fault: 'The allocation of a page table or of the memmap cannot be made to fail.',
    in: 'allocate',
    from: 'failsAt(machine, POINTS[kind])',
    to: 'false',
    tests: ['sweep'],
  },
  {
    id: 'last-notifier-silent',
    fault: 'No notifier behind those of the machine is asked.',
    in: 'ask',
    from: '[...entries, lastOf<Event, Notice>(machine)]',
    to: '[...entries]',
    tests: ['sweep'],
  },
  {
    id: 'put-online-mark-stays',
    fault: 'A failed ejection leaves its marks at the blocks.',
    in: 'tryToOffline',
    from: 'for (const node of nodes) node.putOnline = false',
    occurrence: '2 of 2',
    to: '',
    tests: ['sweep'],
  },
  {
    id: 'hosts-go-first',
    fault: 'A block that holds what describes another is planned to go before it.',
    patches: [21],
    in: 'orderByDependencies',
    from: 'late.left += 1',
    to: 'late.left += 0',
    tests: ['rehearsal/series-2012'],
  },
  {
    id: 'freed-host-refuses',
    fault: 'A block is expected to refuse for what it holds of blocks that go before it.',
    in: 'freedHosts',
    from: 'new Set(hosts.filter((host) => !staying.includes(host)))',
    to: 'new Set()',
    tests: ['rehearsal/series-2012'],
  },
  {
    id: 'danger-unnamed',
    fault: 'A rehearsal does not name that a kernel pulls devices out whose memory is in use.',
    in: 'dangersOf',
    from: "device.failedRemoval !== 'ejected'",
    to: 'true',
    tests: ['rehearsal/series-2012'],
  },
]
