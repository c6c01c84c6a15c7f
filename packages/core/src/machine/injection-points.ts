import type { Errno } from '../errors/errno'
import type { InjectionPoint, PointKind } from '../model/injection-point'

type Row = readonly [name: string, kind: PointKind, errno: Errno, what: string]

const ROWS: readonly Row[] = [
  ['add/support', 'hook', 'EINVAL', 'the architecture’s word that it can add the range'],
  ['add/reach', 'check', 'E2BIG', 'the check that the range can be addressed'],
  ['add/resource', 'registration', 'EEXIST', 'the line of /proc/iomem'],
  ['add/align', 'check', 'EINVAL', 'the check that the range is whole blocks'],
  ['add/node', 'allocation', 'ENOMEM', 'the data of a new node'],
  ['add/node-online', 'registration', 'ENOMEM', 'the directory of a new node'],
  ['add/memmap', 'check', 'EINVAL', 'the check that the range can hold its memmap'],
  ['add/arch', 'hook', 'ENOMEM', 'arch_add_memory: direct map and memmap'],
  ['add/zone', 'allocation', 'ENOMEM', 'the growth of the zone that the range joins'],
  ['add/blocks', 'registration', 'ENOMEM', 'the memory blocks of the range'],
  ['online/presence', 'check', 'EINVAL', 'the check that all sections are present'],
  ['online/poison', 'check', 'EHWPOISON', 'the check for poisoned pages'],
  ['online/prepare', 'notifier', 'ENOMEM', 'MEM_PREPARE_ONLINE, before it is told'],
  ['online/attach', 'allocation', 'ENOMEM', 'the growth of the zone of the block'],
  ['online/move', 'check', 'EINVAL', 'the move to the neighbouring zone'],
  ['online/node-notify', 'notifier', 'ENOMEM', 'NODE_ADDING_FIRST_MEMORY, before it is told'],
  ['online/notify', 'notifier', 'ENOMEM', 'MEM_GOING_ONLINE, before it is told'],
  ['offline/own-memmap', 'check', 'EBUSY', 'the count of the block’s own memmap'],
  ['offline/holes', 'check', 'EINVAL', 'the check for holes'],
  ['offline/fatal', 'check', 'EFAULT', 'the check for what would stop a kernel'],
  ['offline/per-cpu', 'allocation', 'ENOMEM', 'the draining of per-CPU lists'],
  ['offline/isolate', 'migration', 'EBUSY', 'the isolation of the pageblocks'],
  ['offline/node-notify', 'notifier', 'EBUSY', 'NODE_REMOVING_LAST_MEMORY, before it is told'],
  ['offline/notify', 'notifier', 'EBUSY', 'MEM_GOING_OFFLINE, before it is told'],
  ['offline/migrate', 'migration', 'EINTR', 'the migration of the block, before it begins'],
  ['offline/dissolve', 'migration', 'EBUSY', 'the dissolution of free huge pages'],
  ['offline/emptied', 'check', 'EBUSY', 'the last look at the pages of the block'],
  ['remove/arch', 'hook', 'EBUSY', 'the architecture’s word that it can remove the range'],
  ['remove/align', 'check', 'EINVAL', 'the check that the range is whole blocks'],
  ['remove/offline', 'check', 'EBUSY', 'the check that all blocks are offline'],
  ['remove/granularity', 'check', 'EINVAL', 'the check of blocks that hold their memmap'],
  ['remove/fatal', 'check', 'EFAULT', 'the check for what would stop a kernel'],
  ['memory/page-table', 'allocation', 'ENOMEM', 'a page table'],
  ['memory/memmap', 'allocation', 'ENOMEM', 'pages of the memmap'],
  ['memory/page-cgroup-table', 'allocation', 'ENOMEM', 'the page_cgroup table of a section'],
  ['memory/group', 'allocation', 'ENOMEM', 'the memory group of a device'],
  ['sysfs/memory-block', 'registration', 'ENOMEM', 'the device of one memory block'],
  ['sysfs/firmware-map', 'registration', 'ENOMEM', 'the directory below /sys/firmware/memmap'],
  ['chain/MEM_PREPARE_ONLINE', 'notifier', 'ENOMEM', 'a notifier, behind all others'],
  ['chain/MEM_GOING_ONLINE', 'notifier', 'ENOMEM', 'a notifier, behind all others'],
  ['chain/MEM_GOING_OFFLINE', 'notifier', 'EBUSY', 'a notifier, behind all others'],
  [
    'chain/NODE_ADDING_FIRST_MEMORY',
    'notifier',
    'ENOMEM',
    'a notifier of nodes, behind all others',
  ],
  [
    'chain/NODE_REMOVING_LAST_MEMORY',
    'notifier',
    'EBUSY',
    'a notifier of nodes, behind all others',
  ],
  ['migration/page', 'migration', 'ENOMEM', 'the migration of single pages'],
  ['migration/huge-page', 'migration', 'ENOMEM', 'the migration of a huge page'],
  ['hook/withhold-pages', 'hook', 'EINVAL', 'the question which pages a plugin withholds'],
]

/** Points that begin so, or are in the list. */
const pointsOf = (prefix: string, ...others: readonly string[]): readonly string[] => [
  ...ROWS.map(([name]) => name).filter((name) => name.startsWith(prefix)),
  ...others,
]

const BLOCKS = 'sysfs/memory-block'
const GOING_OFFLINE = 'chain/MEM_GOING_OFFLINE'
const GOING_ONLINE = 'chain/MEM_GOING_ONLINE'
const NODE_ADDING = 'chain/NODE_ADDING_FIRST_MEMORY'
const NODE_REMOVING = 'chain/NODE_REMOVING_LAST_MEMORY'

const COMING_ONLINE = [
  'online/poison',
  'online/prepare',
  'online/attach',
  'online/node-notify',
  'online/notify',
  'chain/MEM_PREPARE_ONLINE',
  NODE_ADDING,
  GOING_ONLINE,
]

const REMOVING = ['remove/arch', 'remove/align', 'remove/offline', 'remove/granularity']

/** Kernels that enter a node before its blocks leave less. */
const withoutNode = (names: readonly string[]): readonly string[] =>
  names.filter((name) => name !== 'add/node-online')

/** What is left, or done otherwise, by the ids of docs/not-rolled-back.md: after the failure of which points. */
function leftBy(): Readonly<Record<string, readonly string[]>> {
  const offlining = pointsOf('offline/', NODE_REMOVING, GOING_OFFLINE)
  const adding = pointsOf('add/', 'memory/page-table', 'memory/memmap', BLOCKS)
  // Kernels with a zone step know no such device, and its blocks find room for their struct pages.
  const addedByDrivers = adding.filter((name) => name !== 'add/zone' && name !== 'memory/memmap')
  // In kernels that do not bring online again what an ejection took offline; of the others' checks these have none.
  const ejecting = [...REMOVING, ...offlining].filter(
    (name) =>
      !['offline/holes', 'offline/dissolve', 'offline/node-notify', NODE_REMOVING].includes(name),
  )
  return {
    'moved-pages': ['offline/dissolve', 'offline/emptied'],
    // Which huge page lies where is not to be seen: they belong to their pool.
    'pages-elsewhere': ['migration/page'],
    'failed-add-keeps-direct-map': ['memory/memmap', 'memory/page-table'],
    'failed-add-keeps-sections': ['memory/memmap', 'memory/page-table'],
    'initialised-zone': ['add/blocks', BLOCKS],
    'moved-zone-edge': ['online/notify', GOING_ONLINE, 'memory/page-cgroup-table'],
    'kept-tables': [
      ...withoutNode(pointsOf('add/', BLOCKS)),
      'online/presence',
      'online/notify',
      GOING_ONLINE,
    ],
    'hosting-memory-stays': ['memory/memmap'],
    'kept-memmap': ['add/zone', 'add/blocks', BLOCKS, 'memory/memmap', 'memory/page-table'],
    'half-removed-device': REMOVING,
    // Where a device is ejected in two passes, offlining has to fail in both.
    'pulled-out': ejecting,
    'offline-after-failed-eject': ejecting,
    'device-without-memory': withoutNode(adding),
    'claimed-memory': ['add/resource'],
    'held-connector': [...adding, ...COMING_ONLINE, 'online/presence', 'online/move'],
    'pending-request': [...pointsOf('offline/', GOING_OFFLINE), ...REMOVING],
    'struct-pages-elsewhere': [...offlining, ...REMOVING].filter(
      (name) => name !== 'offline/fatal',
    ),
    'memmap-in-smaller-pages': ['memory/memmap'],
    'known-name': [...addedByDrivers, 'memory/group'].filter(
      (name) => name !== 'memory/page-table',
    ),
    'stuck-memory': REMOVING,
    'no-firmware-map-entry': ['sysfs/firmware-map'],
    'stays-offline': COMING_ONLINE,
    'standing-request': addedByDrivers,
    'emptied-block': [...offlining, ...REMOVING].filter(
      (name) => !['offline/fatal', 'offline/node-notify', NODE_REMOVING].includes(name),
    ),
    'device-without-driver': ['memory/group'],
  }
}

/**
 * Every injection point of core. Those of drivers stand beside the operations that pass them (`FirmwareSweep`).
 * `docs/injection-points.md` says where each is passed and what its failure leaves.
 * @alpha
 */
export function coreInjectionPoints(): readonly InjectionPoint[] {
  const left = Object.entries(leftBy())
  return ROWS.map(([name, kind, errno, what]) => ({
    name,
    kind,
    errno,
    what,
    leaves: left.flatMap(([id, points]) => (points.includes(name) ? id : [])),
  }))
}
