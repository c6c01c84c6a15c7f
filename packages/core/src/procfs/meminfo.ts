import { overlayMeminfo } from '@memhp/kernel-files'
import type { Machine } from '../model/machine'

/** The text of /proc/meminfo: what the machine knows, over what was captured. */
export function meminfoText(machine: Machine): string {
  const { memory } = machine.state
  const pageKib = machine.geometry.pageBytes / 1024
  let free = 0
  for (const zone of memory.zones.values()) free += zone.free.freePages
  return overlayMeminfo({
    base: machine.description.files?.['/proc/meminfo'],
    node: undefined,
    kilobytes: { MemTotal: memory.totalManagedPages * pageKib, MemFree: free * pageKib },
    lines: machine.arch.meminfo?.(machine) ?? [],
  })
}
