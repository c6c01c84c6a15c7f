import type { Errno } from '@memhp/core'
import type { Plan, ReasonKind } from '@memhp/planner'
import type { Topology } from '@memhp/topology'
import type { FarGuest } from './far-guest'
import type { FarWorld } from './far-worlds'

/** What an obstacle is arranged in. */
export interface Site {
  readonly far: FarGuest
  readonly world: FarWorld
  /** Blocks of a DIMM of node 1, in Movable. */
  readonly movable: readonly number[]
}

type Foretold = readonly [Plan['prediction']['outcome'], ReasonKind?]

/** What keeps memory, arranged in a guest. */
export interface Obstacle {
  readonly what: string
  /** Where it can be arranged; default: everywhere. */
  readonly on?: (world: FarWorld) => boolean
  readonly arrange?: (site: Site) => Promise<void>
  /** The blocks of a plan, in which it is met. */
  readonly blocks: (site: Site, topology: Topology) => readonly number[]
  /** Of the plan: what is expected, and the first reason for it. */
  readonly predicted: Foretold
  /** The same, where it depends on what else the kernel has in these blocks. */
  readonly orPredicted?: Foretold
  readonly errno: Errno
  /** What the explanation of the block names once it was tried. */
  readonly explained: ReasonKind
  readonly release?: (site: Site) => Promise<void>
}

const isX86 = ({ machine }: FarWorld): boolean => machine === 'x86_64'

/** MiB at which memory is kept for a crash kernel: in the third block, of which the kernel has nothing. */
export const crashAt = ({ blockMib }: FarWorld): number => 2 * blockMib + 32

async function run({ far }: Site, script: string): Promise<void> {
  const { status, stderr } = await far.guest.run(script)
  if (status !== 0) throw new Error(`${script}: ${status} ${stderr}`)
}

const hasCrashKernel = (site: Site): Promise<void> =>
  run(site, '[ $(cat /sys/kernel/kexec_crash_size) = 67108864 ]')

/** A file in memory, on a node. */
const fillScript = (name: string, node: number, mib: number | string): string =>
  `mkdir -p /mnt/${name} && mount -t tmpfs -o mpol=bind:${node},size=100% ${name} /mnt/${name} && dd if=/dev/zero of=/mnt/${name}/x bs=1048576 count=${mib} status=none`

const fill = (site: Site, name: string, node: number, mib: number): Promise<void> =>
  run(site, fillScript(name, node, mib))

/** A block, and one that goes before it and has to come back. */
const behindMovable =
  (find: (world: FarWorld) => number): Obstacle['blocks'] =>
  ({ world, movable }) => [find(world), ...movable.slice(-1)]

/** Leaves room for what can move on node 1 alone: kernel zones are kept from it, and the rest of node 0 is full. */
async function fillOtherNode(site: Site): Promise<void> {
  // More than node 0 has free: that much of each lower zone is kept from pages that can move.
  const mib = 1024
  await site.far.plug({ id: 'd3', mib, node: 0 }, 'online_movable')
  await run(
    site,
    `cd /proc/sys/vm && awk '{ for (i = 1; i <= NF; i++) printf "1 " }' lowmem_reserve_ratio >/run/ratio && cat /run/ratio >lowmem_reserve_ratio`,
  )
  await fill(site, 'n0', 0, mib - 24)
}

/** More than what is left of node 0 has room for. */
const HUGE_PAGES = 48
const HUGE = '/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages'

/** In the order in which they are arranged in one guest. */
export const OBSTACLES: readonly Obstacle[] = [
  {
    what: 'pages of several zones',
    on: isX86,
    blocks: behindMovable(() => 0),
    predicted: ['refuses', 'mixed-zones'],
    errno: 'EINVAL',
    explained: 'mixed-zones',
  },
  {
    what: 'memory reserved at boot',
    on: (world) => !isX86(world),
    blocks: behindMovable(() => 0),
    predicted: ['refuses', 'reserved-at-boot'],
    errno: 'EBUSY',
    explained: 'reserved-at-boot',
  },
  {
    what: 'a hole',
    on: isX86,
    blocks: behindMovable(({ bootMib, blockMib }) => bootMib / blockMib - 1),
    predicted: ['refuses', 'hole'],
    errno: 'EINVAL',
    explained: 'hole',
  },
  {
    what: 'a crash kernel',
    on: isX86,
    arrange: hasCrashKernel,
    blocks: behindMovable(() => 2),
    predicted: ['refuses', 'crash-kernel'],
    errno: 'EBUSY',
    explained: 'crash-kernel',
  },
  {
    // /proc/iomem of POWER does not name it.
    what: 'a crash kernel that has no name',
    on: (world) => !isX86(world),
    arrange: hasCrashKernel,
    blocks: behindMovable(() => 2),
    predicted: ['refuses', 'reserved-at-boot'],
    errno: 'EBUSY',
    explained: 'reserved-at-boot',
  },
  {
    what: 'slab in a kernel zone',
    // On POWER with 7.2 the DIMM got none of it.
    on: (world) => isX86(world) || world.version === null,
    arrange: async (site) => {
      const { far, world } = site
      await far.plug({ id: 'd2', mib: world.blockMib, node: 0 }, 'online_kernel')
      // The DIMM is in the zone of boot memory on POWER: what that has free is used first.
      const others = isX86(world)
        ? 'true'
        : fillScript('all', 0, `$((free - ${world.blockMib - 16}))`)
      await run(
        site,
        `free=$(awk '/MemFree/ { print int($4 / 1024) }' /sys/devices/system/node/node0/meminfo); ${others}`,
      )
      await run(
        site,
        'mkdir -p /mnt/files && mount -t tmpfs -o nr_inodes=0 files /mnt/files && i=0; while [ $i -lt 8000 ]; do : >/mnt/files/$i; i=$((i+1)); done; umount /mnt/all 2>/dev/null; true',
      )
    },
    blocks: ({ movable }, { blocks }) => [
      ...movable.slice(-1),
      ...blocks.slice(-1).map(({ id }) => id),
    ],
    predicted: ['refuses', 'kernel-memory'],
    errno: 'EBUSY',
    explained: 'kernel-memory',
    release: (site) => run(site, 'umount /mnt/files'),
  },
  {
    what: 'the veto of a driver',
    arrange: async ({ far }) =>
      void (await far.guest.inject({ event: 'MEM_GOING_OFFLINE', errno: -16 })),
    blocks: ({ movable }) => movable.slice(-2),
    predicted: ['goes'],
    errno: 'EBUSY',
    explained: 'notifier',
    release: async ({ far }) =>
      void (await far.guest.inject({ event: 'MEM_GOING_OFFLINE', errno: 0 })),
  },
  {
    what: 'pages that a pipe holds',
    arrange: async (site) => {
      await fill(site, 'piped', 1, 4)
      // Pages of the file are lent to the pipe, and nothing takes them out.
      await run(site, '(cat /mnt/piped/x | sleep 100000) </dev/null >/dev/null 2>&1 & sleep 1')
    },
    blocks: ({ movable }) => movable,
    predicted: ['goes'],
    errno: 'EINTR',
    explained: 'pinned',
    release: (site) => run(site, 'killall cat sleep; sleep 1; umount /mnt/piped'),
  },
  {
    what: 'huge pages without others elsewhere',
    arrange: async (site) => {
      await fillOtherNode(site)
      await run(
        site,
        `echo ${HUGE_PAGES} >${HUGE} && mkdir -p /mnt/huge && mount -t hugetlbfs huge /mnt/huge && fallocate -l ${HUGE_PAGES * 2 ** 21} /mnt/huge/x`,
      )
    },
    blocks: ({ movable }, { blocks }) => {
      const holds = blocks.filter(({ contents }) => (contents?.counts.hugetlb ?? 0) > 0)
      return holds.map(({ id }) => id).filter((id) => movable.includes(id))
    },
    predicted: ['goes', 'huge-pages'],
    // Spread over more blocks, with more of others beside them, they leave no room.
    orPredicted: ['stalls', 'no-room'],
    errno: 'EINTR',
    explained: 'huge-pages',
    release: (site) => run(site, 'umount /mnt/huge && echo 0 >/proc/sys/vm/nr_hugepages'),
  },
  {
    what: 'no room elsewhere',
    arrange: (site) => fill(site, 'n1', 1, 4 * site.world.blockMib - 60),
    blocks: ({ movable }) => movable.slice(0, 2),
    predicted: ['stalls', 'no-room'],
    errno: 'EINTR',
    explained: 'no-room',
  },
]
