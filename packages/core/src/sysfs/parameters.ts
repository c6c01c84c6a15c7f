import { directoryOf, readOnly, readWrite } from '../kobject/mount'
import { subsystemOf } from '../machine/subsystem'
import type { Directory, TreeNode } from '../model/directory'
import type { Machine } from '../model/machine'
import type { Settings } from '../model/state'
import { parseBool, parseUnsigned, parseWord } from './parse'

const POLICIES = ['contig-zones', 'auto-movable'] as const

const MODULE = 'memory_hotplug.'

/** /sys/module/memory_hotplug/parameters: those that the generation has. Source: mm/memory_hotplug.c 6.1; spec 1.6. */
export function parametersDirectory(machine: Machine): Directory {
  const settings = (): Settings => machine.state.memory.settings
  const files: Readonly<Record<string, TreeNode>> = {
    memmap_on_memory: readOnly(() => `${settings().memmapOnMemory}\n`),
    online_policy: readWrite(
      () => `${settings().onlinePolicy}\n`,
      (text) => {
        const policy = parseWord(text, POLICIES)
        if (policy === 'auto-movable')
          subsystemOf(machine, 'autoMovable', 'online_policy auto-movable')
        settings().onlinePolicy = policy
      },
    ),
    auto_movable_ratio: readWrite(
      () => `${settings().autoMovableRatio}\n`,
      (text) => {
        settings().autoMovableRatio = parseUnsigned(text, { bits: 32 })
      },
    ),
    auto_movable_numa_aware: readWrite(
      () => (settings().autoMovableNumaAware ? 'Y\n' : 'N\n'),
      (text) => {
        settings().autoMovableNumaAware = parseBool(text)
      },
    ),
  }
  const { commandLine } = machine.generation.rules.parameters
  const exists = (name: string): boolean =>
    commandLine.includes(MODULE + name) &&
    (name !== 'memmap_on_memory' || machine.features.memmapOnMemory) &&
    (name !== 'auto_movable_numa_aware' || machine.features.numa)
  return directoryOf(Object.fromEntries(Object.entries(files).filter(([name]) => exists(name))))
}
