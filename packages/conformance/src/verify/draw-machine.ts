import type { Random } from '@memhp/core/plugin'
import type { LiveArch, WalkMachine } from './live-kernel'

/** Boot memory of each node in MiB. The larger x86 machine has memory above 4 GiB, and so a zone Normal. */
const LAYOUTS: Readonly<Record<'x86' | 'power', readonly (readonly number[])[]>> = {
  x86: [[1024], [5120], [1024, 0], [768, 256], [512, 512, 0]],
  power: [[2048], [1024, 0], [1024, 512]],
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

const SLOTS = 6

/** Draws a machine small enough to boot in seconds. */
export function drawWalkMachine(random: Random, arch: LiveArch): WalkMachine {
  const isX86 = arch === 'x86_64'
  return {
    arch,
    nodesMib: random.pick(LAYOUTS[isX86 ? 'x86' : 'power']),
    slots: SLOTS,
    maxMib: isX86 ? 65_536 : 16_384,
    cmdline: random.pick(isX86 ? [...CMDLINES, ...X86_CMDLINES] : CMDLINES),
    faults: random.percent(25),
  }
}
