import { blockFile, MEMORY_DIRECTORY } from '@memhp/kernel-files'
import type { Guest, GuestMachine, GuestMemory } from '@memhp/qemu'
import { idsIn } from '@memhp/topology'

/** A guest whose blocks are predicted, and then taken offline one by one. */
export interface World {
  readonly name: string
  /** What is special about it, in words. */
  readonly about: string
  readonly machine: GuestMachine
  /** Version of Debian's kernel; default: the one of Debian 12. */
  readonly version?: string
  readonly memory: GuestMemory
  readonly cmdline?: string
  /** Brings the guest into the state that is predicted. */
  readonly prepare?: (guest: Guest) => Promise<void>
  /** Blocks that are tried; default: all. */
  readonly blocks?: readonly number[]
}

/** Runs a script that must succeed. */
async function must(guest: Guest, script: string): Promise<void> {
  const { status, stderr } = await guest.run(script)
  if (status !== 0) throw new Error(`${script}: ${status} ${stderr}`)
}

async function goesOffline(guest: Guest, block: number): Promise<boolean> {
  const { status } = await guest.run(`echo offline >${blockFile(block, 'state')}`)
  return status === 0
}

/** Plugs a DIMM and brings its blocks online, each to a zone in turn. */
async function plug(
  guest: Guest,
  dimm: { readonly id: string; readonly mib: number; readonly node: number },
  words: readonly string[],
): Promise<void> {
  await guest.tree.write(`${MEMORY_DIRECTORY}/auto_online_blocks`, 'offline')
  const before = new Set(await guest.tree.list(MEMORY_DIRECTORY))
  await guest.plug(dimm)
  const added = (await guest.tree.list(MEMORY_DIRECTORY)).filter((name) => !before.has(name))
  for (const [at, id] of idsIn(added, 'memory').entries()) {
    const path = blockFile(id, 'state')
    const state = (await guest.tree.read(path)).trim()
    const word = words[at % words.length] ?? 'online'
    if (state === 'online' && word === 'online') continue
    // POWER brings its blocks online by itself. What does not let go again stays where it is.
    if (state === 'online' && !(await goesOffline(guest, id))) continue
    await guest.tree.write(path, word)
  }
}

/** Page cache of zeros, on a node. */
const fill = (guest: Guest, node: number, mib: number): Promise<void> =>
  must(
    guest,
    `mkdir -p /mnt/z${node} && mount -t tmpfs -o mpol=bind:${node},size=${mib + 8}M z /mnt/z${node} && dd if=/dev/zero of=/mnt/z${node}/x bs=1048576 count=${mib} status=none`,
  )

/** Inodes and directory entries: slab that no cache gives back while the files are there. */
const makeFiles = (guest: Guest, count: number): Promise<void> =>
  must(
    guest,
    `mkdir -p /mnt/files && mount -t tmpfs -o nr_inodes=0 files /mnt/files && i=0; while [ $i -lt ${count} ]; do : >/mnt/files/$i; i=$((i+1)); done`,
  )

const TWO_NODES: GuestMemory = { nodes: [{ mib: 768 }, { mib: 768 }], slots: 8, maxMib: 32768 }
const MOVABLE = ['online_movable']

const twoNodesWithDimms = async (guest: Guest): Promise<void> => {
  await plug(guest, { id: 'd1', mib: 2048, node: 1 }, MOVABLE)
  await plug(guest, { id: 'd2', mib: 1024, node: 0 }, ['online_kernel'])
}

const POWER: Pick<World, 'memory' | 'prepare'> = {
  memory: { nodes: [{ mib: 1024 }, { mib: 1024 }], slots: 8, maxMib: 32768 },
  prepare: async (guest) => {
    await plug(guest, { id: 'd1', mib: 4096, node: 1 }, MOVABLE)
    await plug(guest, { id: 'd2', mib: 2048, node: 0 }, ['online'])
  },
}

/** Shapes of guests: architectures, kernels, zones, and what stands in the way. */
export const WORLDS: readonly World[] = [
  {
    name: 'x86-boot-memory',
    about: 'boot memory alone',
    machine: 'x86_64',
    memory: { nodes: [{ mib: 2048 }] },
  },
  {
    name: 'x86-boot-memory-7.3',
    about: 'boot memory alone under Linux 7.3',
    machine: 'x86_64',
    version: '7.3',
    memory: { nodes: [{ mib: 2048 }] },
  },
  {
    name: 'x86-two-nodes',
    about: 'two nodes, one DIMM in Movable and one in Normal',
    machine: 'x86_64',
    memory: TWO_NODES,
    prepare: twoNodesWithDimms,
  },
  {
    name: 'x86-two-nodes-6.12',
    about: 'the same under Linux 6.12',
    machine: 'x86_64',
    version: '6.12',
    memory: TWO_NODES,
    prepare: twoNodesWithDimms,
  },
  {
    name: 'x86-two-nodes-7.3',
    about: 'the same under Linux 7.3',
    machine: 'x86_64',
    version: '7.3',
    memory: TWO_NODES,
    prepare: twoNodesWithDimms,
  },
  {
    name: 'x86-movablecore',
    about: 'movablecore=1G: boot memory in Movable',
    machine: 'x86_64',
    memory: { nodes: [{ mib: 2048 }] },
    cmdline: 'movablecore=1G',
  },
  {
    name: 'x86-crashkernel',
    about: 'memory kept for a crash kernel',
    machine: 'x86_64',
    memory: { nodes: [{ mib: 2048 }] },
    cmdline: 'crashkernel=256M',
  },
  {
    name: 'x86-crooked-end',
    about: 'boot memory that ends within a block',
    machine: 'x86_64',
    memory: { nodes: [{ mib: 1000 }, { mib: 600 }] },
  },
  {
    name: 'x86-page-cache',
    about: 'page cache on a Movable DIMM, and room for it elsewhere',
    machine: 'x86_64',
    memory: { nodes: [{ mib: 1536 }, { mib: 0 }], slots: 4, maxMib: 16384 },
    prepare: async (guest) => {
      await plug(guest, { id: 'd1', mib: 2048, node: 1 }, MOVABLE)
      await fill(guest, 1, 500)
    },
  },
  {
    name: 'x86-no-room',
    about: 'a Movable DIMM full of page cache, and no room elsewhere',
    machine: 'x86_64',
    memory: { nodes: [{ mib: 640 }, { mib: 0 }], slots: 4, maxMib: 16384 },
    prepare: async (guest) => {
      await plug(guest, { id: 'd1', mib: 512, node: 1 }, MOVABLE)
      await fill(guest, 1, 480)
      await fill(guest, 0, 360)
    },
    // A kernel that is made to look for memory again and again ends in a panic.
    blocks: [1, 2],
  },
  {
    name: 'x86-huge-pages',
    about: 'huge pages on a Movable DIMM, without any elsewhere',
    machine: 'x86_64',
    memory: { nodes: [{ mib: 768 }, { mib: 0 }], slots: 4, maxMib: 16384 },
    prepare: async (guest) => {
      await plug(guest, { id: 'd1', mib: 1024, node: 1 }, MOVABLE)
      await must(
        guest,
        'echo 200 >/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages',
      )
    },
  },
  {
    name: 'x86-slab',
    about: 'a DIMM in Normal with slab on it',
    machine: 'x86_64',
    memory: { nodes: [{ mib: 512 }], slots: 4, maxMib: 16384 },
    prepare: async (guest) => {
      await plug(guest, { id: 'd1', mib: 1024, node: 0 }, ['online_kernel'])
      await makeFiles(guest, 8000)
    },
  },
  {
    name: 'x86-interleaved',
    about: 'blocks of one DIMM in Movable and Normal by turns',
    machine: 'x86_64',
    memory: { nodes: [{ mib: 768 }], slots: 4, maxMib: 16384 },
    prepare: (guest) =>
      plug(guest, { id: 'd1', mib: 2048, node: 0 }, ['online_movable', 'online_kernel']),
  },
  {
    name: 'power-radix',
    about: 'POWER9: two nodes, DIMMs in Movable and Normal',
    machine: 'ppc64le-radix',
    ...POWER,
  },
  {
    name: 'power-hash',
    about: 'POWER8, hash page table: the same',
    machine: 'ppc64le-hash',
    ...POWER,
  },
  {
    name: 's390x-boot-memory',
    about: 's390x: boot memory alone',
    machine: 's390x',
    memory: { nodes: [{ mib: 2048 }] },
  },
  {
    name: 's390x-movablecore',
    about: 's390x with movablecore=1G',
    machine: 's390x',
    memory: { nodes: [{ mib: 3072 }] },
    cmdline: 'movablecore=1G',
  },
]
