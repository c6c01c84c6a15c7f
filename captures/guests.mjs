// The guests whose captures lie in this folder: how they are started, and what happens in them before the capture.

const BLOCKS = '/sys/devices/system/memory'

/** Writes a word to the `state` of blocks. */
async function word(guest, state, blocks) {
  for (const block of blocks) await guest.tree.write(`${BLOCKS}/memory${block}/state`, state)
}

/** Runs a script in the guest. */
async function run(guest, script) {
  const { status, stderr } = await guest.run(script)
  if (status !== 0) throw new Error(`${script}: exit status ${status}: ${stderr}`)
}

/** Brings LMBs, which DLPAR onlines itself, into Movable. */
async function makeMovable(guest, blocks) {
  await word(guest, 'offline', blocks)
  await word(guest, 'online_movable', blocks)
}

/** Kernel memory: inodes, made by the first processor and so on its node. */
const SLAB = `
  mkdir -p /inodes && mount -t tmpfs inodes /inodes
  taskset 1 sh -c 'i=0; while [ $i -lt 20000 ]; do : > /inodes/$i; i=$((i + 1)); done'`

/** Files of random bytes on a node. */
const files = (node, mib, folder = '/files') => `
  mkdir -p ${folder} && mount -t tmpfs -o mpol=prefer:${node},size=${mib * 2}M files ${folder}
  dd if=/dev/urandom of=${folder}/1 bs=1M count=${mib} 2>/dev/null`

/** Four-level page tables, as most hosts have. */
const X86 = { machine: 'x86_64', cpuModel: 'max,la57=off' }

export const GUESTS = {
  'x86_64-one-node': {
    notes: 'One node of 1 GiB, four empty slots for memory devices.',
    options: { ...X86, memory: { nodes: [{ mib: 1024 }], slots: 4, maxMib: 16_384 } },
    steps: (guest) => run(guest, 'dd if=/dev/urandom of=/some-file bs=1M count=48 2>/dev/null'),
  },
  'x86_64-three-nodes': {
    notes:
      'Two nodes of 512 MiB with a CPU each; a third without CPU and without boot memory, whose hot-plugged DIMM of 1 GiB was onlined online_movable and holds about 200 MiB of files.',
    options: {
      ...X86,
      memory: {
        nodes: [{ mib: 512 }, { mib: 512, cpus: 1 }, { mib: 0 }],
        slots: 4,
        maxMib: 16_384,
      },
    },
    async steps(guest) {
      await guest.plug({ id: 'dimm0', mib: 1024, node: 2 })
      await word(guest, 'online_movable', [32, 33, 34, 35, 36, 37, 38, 39])
      await run(guest, files(2, 200))
    },
  },
  'x86_64-dimms-zones': {
    notes:
      'One node of 1 GiB and four DIMMs: the first (512 MiB) onlined online_kernel, with kernel memory on it; the second (512 MiB) online_movable, with files on it; of the third (512 MiB) two blocks of four online_movable; the fourth (256 MiB) offline.',
    options: { ...X86, memory: { nodes: [{ mib: 1024 }], slots: 6, maxMib: 16_384 } },
    async steps(guest) {
      await guest.plug({ id: 'dimm0', mib: 512 })
      await word(guest, 'online_kernel', [32, 33, 34, 35])
      await guest.plug({ id: 'dimm1', mib: 512 })
      await word(guest, 'online_movable', [36, 37, 38, 39])
      await guest.plug({ id: 'dimm2', mib: 512 })
      await word(guest, 'online_movable', [40, 41])
      await guest.plug({ id: 'dimm3', mib: 256 })
      await run(guest, SLAB)
      await run(guest, files(0, 100))
    },
  },
  'ppc64le-radix-three-nodes': {
    notes:
      'POWER9, radix. Two nodes of 512 MiB with a CPU each; a third without CPU and without boot memory, with four LMBs in Movable and about 200 MiB of files on them; four more LMBs on node 0: two in Normal with kernel memory on them, one in Movable, one offline.',
    options: {
      machine: 'ppc64le-radix',
      memory: {
        nodes: [{ mib: 512 }, { mib: 512, cpus: 1 }, { mib: 0 }],
        slots: 4,
        maxMib: 16_384,
      },
    },
    async steps(guest) {
      await guest.plug({ id: 'dimm0', mib: 1024, node: 2 })
      await makeMovable(guest, [4, 5, 6, 7])
      // The kernel's own memory goes to the new LMBs only while boot memory is full.
      await run(guest, files(0, 420, '/full'))
      await guest.plug({ id: 'dimm1', mib: 1024, node: 0 })
      await word(guest, 'offline', [11])
      await run(guest, SLAB)
      await makeMovable(guest, [10])
      await run(guest, 'umount /full')
      await run(guest, files(2, 200))
    },
  },
  'ppc64le-hash-one-node': {
    notes:
      'POWER8, hash page table. One node of 1 GiB and a DIMM of 768 MiB: two LMBs in Movable with 100 MiB of files on the node, one offline.',
    options: {
      machine: 'ppc64le-hash',
      memory: { nodes: [{ mib: 1024 }], slots: 4, maxMib: 16_384 },
    },
    async steps(guest) {
      await guest.plug({ id: 'dimm0', mib: 768 })
      await word(guest, 'offline', [6])
      await makeMovable(guest, [4, 5])
      await run(guest, files(0, 100))
    },
  },
}
