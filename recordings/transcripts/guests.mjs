// The guests whose transcripts lie in this folder, and what is typed into them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const MEMORY = '/sys/devices/system/memory'

/** One node of 1 GiB, and half a GiB more where the machine takes memory devices. */
const guest = (machine, version, { plugged, block, mib = 128 }) => ({
  options: {
    machine,
    memory: plugged
      ? { nodes: [{ mib: 1024 }], slots: 2, maxMib: 8192 }
      : { nodes: [{ mib: 1024 }] },
    modules: ['memory_notifier_error_inject'],
    // What is added goes online for movable pages alone: no page of the kernel's own is in its way.
    cmdline: 'movable_node',
    // Four-level page tables, as most hosts have.
    ...(machine === 'x86_64' ? { cpuModel: 'max,la57=off' } : {}),
  },
  version,
  plugged,
  commands: commands({ block, mib }),
})

/** Commands about a machine whose last block is `block`, of `mib` MiB. */
const commands = ({ block, mib }) => {
  const file = (name) => `${MEMORY}/memory${block}/${name}`
  const address = (bytes) => `0x${bytes.toString(16)}`
  const start = block * mib * 2 ** 20
  const range = `${address(start)}-${address(start + mib * 2 ** 20 - 1)}`
  return [
    'lsmem',
    'lsmem --all --output RANGE,SIZE,STATE,REMOVABLE,BLOCK,NODE,ZONES',
    'lsmem --json --bytes',
    'lsmem --pairs --all --noheadings --summary=never',
    'lsmem --raw --split NODE,STATE',
    'lsmem --summary=only',
    `ls -1 --ignore=power ${MEMORY}`,
    `ls -1 --ignore=power ${MEMORY}/memory${block}`,
    `cd ${MEMORY}; cat auto_online_blocks block_size_bytes`,
    `cd ${MEMORY}/memory${block}; cat state online removable phys_index phys_device valid_zones`,
    `cd ${MEMORY}/memory${block}; stat -c '%n %a %s %F' state online removable phys_index phys_device valid_zones uevent`,
    `cd ${MEMORY}/memory${block}; readlink subsystem node0; cat uevent`,
    `cd ${MEMORY}; cat memory${block}/nothing memory99999/state`,
    "grep -E 'System RAM' /proc/iomem",
    "grep -E '^Node|spanned|present|managed|start_pfn' /proc/zoneinfo",
    `chmem --verbose --enable -b ${block}`,
    `chmem --enable -b ${block}`,
    `chmem --disable ${range}`,
    'lsmem --all',
    `chmem --disable -b ${block}`,
    `cat ${file('state')}`,
    `chmem --enable ${mib}M`,
    `chmem --enable --zone Movable ${mib}M`,
    'lsmem --all --output RANGE,STATE,BLOCK,ZONES',
    `chmem --disable ${mib}M`,
    'chmem --disable -b 0',
    'chmem --disable -b 99999',
    'chmem --enable 4096G',
    'chmem --enable 1K',
    'chmem --enable nothing',
    'chmem',
    `printf frob | dd of=${file('state')} status=none`,
    `printf 1 | dd of=${file('removable')} status=none`,
    `printf 7 | dd of=${file('online')} status=none`,
    `printf online_movable | dd of=${file('state')} status=none; cat ${file('valid_zones')}`,
    `printf online | dd of=${file('state')} status=none`,
    `printf 0 | dd of=${file('online')} status=none; cat ${file('state')} ${file('valid_zones')}`,
    `printf 0 | dd of=${file('online')} status=none`,
    'printf 999 | dd of=/sys/devices/system/memory/auto_online_blocks status=none; cat /sys/devices/system/memory/auto_online_blocks',
    `rm ${file('state')}; mkdir ${MEMORY}/x; touch ${MEMORY}/x; mv ${file('state')} ${file('y')}; ln -s a ${MEMORY}/x`,
    `wc -c <${file('state')}; tail -c 3 ${file('state')}; dd if=${file('state')} bs=1 skip=2 count=3 status=none`,
    'dd if=/proc/kpageflags bs=12 count=1 status=none; wc -c </proc/kpagecount',
    STEPS,
    'lsmem --all --output RANGE,STATE,BLOCK,ZONES',
    "grep -E '^Node|spanned|present|managed|start_pfn' /proc/zoneinfo",
  ]
}

const STEPS = readFileSync(join(import.meta.dirname, 'steps.sh'), 'utf8')

/** Arguments of the kernel's own test of memory hot-plug, each time it is run. */
export const SELFTEST_RUNS = ['-r 10', '-e -16 -r 40', '-r 101', '-e 5']

export const GUESTS = {
  'x86_64-5.10': guest('x86_64', '5.10', { plugged: true, block: 35 }),
  'x86_64-6.1': guest('x86_64', undefined, { plugged: true, block: 35 }),
  'x86_64-7.3': guest('x86_64', '7.3', { plugged: true, block: 35 }),
  'ppc64le-6.1': guest('ppc64le-radix', undefined, { plugged: true, block: 5, mib: 256 }),
  'ppc64le-7.2': guest('ppc64le-radix', '7.2', { plugged: true, block: 5, mib: 256 }),
  's390x-6.1': guest('s390x', undefined, { plugged: false, block: 2, mib: 256 }),
  's390x-7.2': guest('s390x', '7.2', { plugged: false, block: 5, mib: 128 }),
  'arm64-5.10': guest('arm64', '5.10', { plugged: true, block: 35 }),
  'arm64-6.12': guest('arm64', '6.12', { plugged: true, block: 35 }),
  'arm64-7.3': guest('arm64', '7.3', { plugged: true, block: 35 }),
}
