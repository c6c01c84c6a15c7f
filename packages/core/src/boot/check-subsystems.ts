import { subsystemOf } from '../machine/subsystem'
import type { Machine } from '../model/machine'

/** Requires what a description needs of the parts that a program brings. @throws HotplugError UNKNOWN_PLUGIN with the place */
export function checkSubsystems(machine: Machine): void {
  const { description, features, state } = machine
  description.blocks?.forEach(({ use }, i) => {
    if (use !== undefined && use.poisoned > 0)
      subsystemOf(machine, 'memoryFailure', `blocks[${i}].use: poisoned pages`)
    if (use !== undefined && use.hugetlb + use.hugetlbFree > 0)
      subsystemOf(machine, 'hugePages', `blocks[${i}].use: huge pages`)
  })
  if (description.giganticPages !== undefined)
    subsystemOf(machine, 'hugePages', 'giganticPages: huge pages')
  for (const plugin of [machine.arch, ...machine.drivers]) {
    if (plugin.withholdPages !== undefined)
      subsystemOf(machine, 'withholding', `${plugin.name}: pages that it withholds`)
  }
  const { onlinePolicy, memmapOnMemory } = state.memory.settings
  if (onlinePolicy === 'auto-movable')
    subsystemOf(machine, 'autoMovable', 'cmdline: memory_hotplug.online_policy=auto-movable')
  if (features.memmapOnMemory && memmapOnMemory !== 'N')
    subsystemOf(machine, 'memmapOnMemory', 'cmdline: memory_hotplug.memmap_on_memory')
}
