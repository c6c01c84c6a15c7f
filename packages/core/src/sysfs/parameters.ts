import { directoryOf, readOnly, readWrite } from '../kobject/mount'
import type { Directory, TreeNode } from '../model/directory'
import type { Machine } from '../model/machine'
import type { Settings } from '../model/state'
import { parseBool, parseUnsigned, parseWord } from './parse'

const POLICIES = ['contig-zones', 'auto-movable'] as const

/** /sys/module/memory_hotplug/parameters. Source: mm/memory_hotplug.c 6.1; spec 1.6. */
export function parametersDirectory(machine: Machine): Directory {
  const settings = (): Settings => machine.state.memory.settings
  const yesNo = (value: boolean): string => (value ? 'Y\n' : 'N\n')
  const entries: Record<string, TreeNode> = {
    online_policy: readWrite(
      () => `${settings().onlinePolicy}\n`,
      (text) => {
        settings().onlinePolicy = parseWord(text, POLICIES)
      },
    ),
    auto_movable_ratio: readWrite(
      () => `${settings().autoMovableRatio}\n`,
      (text) => {
        settings().autoMovableRatio = parseUnsigned(text, { bits: 32 })
      },
    ),
    auto_movable_numa_aware: readWrite(
      () => yesNo(settings().autoMovableNumaAware),
      (text) => {
        settings().autoMovableNumaAware = parseBool(text)
      },
    ),
  }
  if (machine.arch.features.memmapOnMemory) {
    entries.memmap_on_memory = readOnly(() => yesNo(settings().memmapOnMemory))
  }
  return directoryOf(entries)
}
