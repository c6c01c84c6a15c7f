import type { Random } from '@memhp/core/plugin'
import type { LiveArch, WalkMachine } from './live-kernel'

/** Boot memory of each node in MiB. The larger x86 machine has memory above 4 GiB, and so a zone Normal. */
const X86_NODES = [[1024], [5120], [1024, 0], [768, 256], [512, 512, 0]]
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

/** What the kernel has on x86 only. */
const X86_CMDLINES: readonly string[] = ['memory_hotplug.memmap_on_memory=1']

/** Draws a machine small enough to boot in seconds. */
export function drawWalkMachine(random: Random, arch: LiveArch): WalkMachine {
  const isX86 = arch === 'x86_64'
  const { nodes, slots, maxMib } = KINDS[arch]
  return {
    arch,
    nodesMib: random.pick(nodes),
    slots,
    maxMib,
    cmdline: random.pick(isX86 ? [...CMDLINES, ...X86_CMDLINES] : CMDLINES),
    faults: random.percent(25),
  }
}
