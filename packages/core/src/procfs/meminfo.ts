import { meminfoOver } from '@memhp/kernel-files'
import type { Machine } from '../model/machine'

/** Prepares the text of /proc/meminfo: what the machine knows, over what was captured. */
export function meminfoText(machine: Machine): () => string {
  const over = meminfoOver({ base: machine.description.files?.['/proc/meminfo'], node: undefined })
  const pageKib = machine.geometry.pageBytes / 1024
  return () => {
    const { memory } = machine.state
    let free = 0
    for (const zone of memory.zones.values()) free += zone.free.freePages
    return over({
      kilobytes: { MemTotal: memory.totalManagedPages * pageKib, MemFree: free * pageKib },
      lines: machine.arch.meminfo?.(machine) ?? [],
    })
  }
}
