// The guests whose captures lie in this folder: how QEMU is started, and what happens in them before the capture.

const MIB = 2 ** 20

/** QEMU's arguments for nodes of boot memory, in MiB; a node without memory has 0. CPU i sits on node i while there are nodes with memory. */
function nodes(sizes) {
  return sizes.flatMap((mib, id) => {
    if (mib === 0) return ['-numa', `node,nodeid=${id}`]
    return [
      ...['-object', `memory-backend-ram,id=ram${id},size=${mib}M`],
      ...['-numa', `node,nodeid=${id},cpus=${id},memdev=ram${id}`],
    ]
  })
}

/**
 * `steps` is a shell script that the guest runs. It may use
 * `plug ID MIB NODE`, which has a DIMM plugged and waits for its blocks, and `word STATE BLOCK...`, which writes to their `state`.
 */
export const GUESTS = {
  'x86_64-one-node': {
    notes: 'One node of 1 GiB, four empty slots for memory devices.',
    qemu: ['-m', '1G,slots=4,maxmem=16G', '-smp', '1'],
    steps: 'dd if=/dev/urandom of=/some-file bs=1M count=48 2>/dev/null',
  },
  'x86_64-three-nodes': {
    notes:
      'Two nodes of 512 MiB with a CPU each; a third without CPU and without boot memory, whose hot-plugged DIMM of 1 GiB was onlined online_movable and holds about 200 MiB of files.',
    qemu: ['-m', '1G,slots=4,maxmem=16G', '-smp', '2', ...nodes([512, 512, 0])],
    steps: `
      plug dimm0 1024 2
      word online_movable 32 33 34 35 36 37 38 39
      mkdir /files
      mount -t tmpfs -o mpol=prefer:2,size=400M files /files
      for i in 1 2 3 4; do dd if=/dev/urandom of=/files/$i bs=1M count=50 2>/dev/null; done`,
  },
  'x86_64-dimms-zones': {
    notes:
      'One node of 1 GiB and four DIMMs: the first (512 MiB) onlined online_kernel, with kernel memory on it; the second (512 MiB) online_movable, with files on it; of the third (512 MiB) two blocks of four online_movable; the fourth (256 MiB) offline.',
    qemu: ['-m', '1G,slots=6,maxmem=16G', '-smp', '1', ...nodes([1024])],
    steps: `
      plug dimm0 512 0
      word online_kernel 32 33 34 35
      plug dimm1 512 0
      word online_movable 36 37 38 39
      plug dimm2 512 0
      word online_movable 40 41
      plug dimm3 256 0
      mkdir /inodes /files
      mount -t tmpfs inodes /inodes
      i=0
      while [ $i -lt 20000 ]; do : > /inodes/$i; i=$((i + 1)); done
      mount -t tmpfs files /files
      dd if=/dev/urandom of=/files/1 bs=1M count=100 2>/dev/null`,
  },
}

/** QMP commands that plug a DIMM. */
export const plugCommands = ({ id, mib, node }) => [
  {
    execute: 'object-add',
    arguments: { 'qom-type': 'memory-backend-ram', id: `${id}-ram`, size: mib * MIB },
  },
  {
    execute: 'device_add',
    arguments: { driver: 'pc-dimm', id, memdev: `${id}-ram`, node },
  },
]

/** The guest's first program. It reports on the console and sends the packed capture to the second serial line. */
export const init = (steps) => `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs devices /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
blocks() { ls -d /sys/devices/system/memory/memory* | wc -l; }
plug() {
  before=$(blocks)
  echo "@plug $*"
  while [ "$(blocks)" -eq "$before" ]; do sleep 0.2; done
  sleep 1
}
word() {
  state=$1
  shift
  for block; do echo "$state" > "/sys/devices/system/memory/memory$block/state" || echo "@failed $block"; done
}
${steps}
stty -F /dev/ttyS1 raw -echo
sh /capture.sh --pages > /capture.json || echo "@failed capture"
gzip -9 < /capture.json | base64 > /dev/ttyS1
echo '#' > /dev/ttyS1
echo @end
sleep 1000
`
