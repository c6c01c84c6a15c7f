import type { Random } from '@memhp/core/plugin'
import type { LiveArch, LiveDevice, WalkMachine } from './live-kernel'

/** Boot memory of each node in MiB. The larger x86 machine has memory above 4 GiB, and so a zone Normal. */
const X86_NODES = [[1024], [5120], [1024, 0], [768, 256], [512, 512, 0]]
const ARM_NODES = [[1024], [1024, 0], [768, 256], [512, 512, 0]]
const POWER_NODES = [[2048], [1024, 0], [1024, 512]]

/** What differs from one kind of guest to the next. `slots`: for DIMMs, which s390's machines do not have. */
const KINDS: Readonly<
  Record<
    LiveArch,
    {
      readonly nodes: readonly (readonly number[])[]
      readonly slots: number
      readonly maxMib: number
    }
  >
> = {
  x86_64: { nodes: X86_NODES, slots: 6, maxMib: 65_536 },
  'ppc64le-radix': { nodes: POWER_NODES, slots: 6, maxMib: 16_384 },
  'ppc64le-hash': { nodes: POWER_NODES, slots: 6, maxMib: 16_384 },
  s390x: { nodes: [[1024], [2048], [3072]], slots: 0, maxMib: 8192 },
  arm64: { nodes: ARM_NODES, slots: 6, maxMib: 16_384 },
}

/** Words of the kernel's command line that decide where memory goes. */
const CMDLINES: readonly string[] = [
  '',
  '',
  'memhp_default_state=online',
  'memhp_default_state=online_movable',
  'movable_node',
  'memory_hotplug.online_policy=auto-movable memory_hotplug.auto_movable_ratio=100',
  'memory_hotplug.online_policy=auto-movable memhp_default_state=online',
]

/** What kernels have on some architectures only. */
const MEMMAP_CMDLINES: readonly string[] = ['memory_hotplug.memmap_on_memory=1']
const HAS_MEMMAP_ON_MEMORY: readonly LiveArch[] = ['x86_64', 'arm64']

/** Draws a machine small enough to boot in seconds. */
export function drawWalkMachine(
  random: Random,
  arch: LiveArch,
  device: LiveDevice = 'dimm',
): WalkMachine {
  const { nodes, slots, maxMib } = KINDS[arch]
  const hasMemmap = HAS_MEMMAP_ON_MEMORY.includes(arch)
  const machine = {
    arch,
    nodesMib: random.pick(nodes),
    slots,
    maxMib,
    cmdline: random.pick(hasMemmap ? [...CMDLINES, ...MEMMAP_CMDLINES] : CMDLINES),
    faults: random.percent(25),
  }
  return device === 'dimm'
    ? machine
    : { ...machine, resizables: drawResizables(random, machine.nodesMib.length) }
}

/** One device at boot, in sub-blocks mostly, and two ports. */
function drawResizables(random: Random, nodeCount: number): NonNullable<WalkMachine['resizables']> {
  // Said in any case: QEMU's default depends on its host.
  const blockKib = random.pick([2048, 2048, 2048, 65_536, 262_144])
  const requestedMib = random.pick([0, 0, 256, 512])
  const device = { id: 'vm0', maxMib: 1024, node: random.below(nodeCount), requestedMib, blockKib }
  return { devices: [device], ports: 2 }
}
