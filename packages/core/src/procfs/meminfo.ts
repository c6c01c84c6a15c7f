import { meminfoOver } from '@memhp/kernel-files'
import type { WrittenBlocks } from '../block/written-blocks'
import { Facts } from '../kobject/facts'
import type { Machine } from '../model/machine'
import { poisonedPageCount } from '../page-use/poisoned-pages'

/** Prepares the text of /proc/meminfo: what the machine knows, over what was captured. */
export function meminfoText(machine: Machine, written: WrittenBlocks): () => string {
  const base = machine.description.files?.['/proc/meminfo']
  const over = meminfoOver({ base, node: undefined })
  const countsPoison = base?.includes('\nHardwareCorrupted:') === true
  const poisoned = poisonedPageCount(machine, written)
  const pageKib = machine.geometry.pageBytes / 1024
  const facts = new Facts()
  let shown: { readonly number: number; readonly text: string } | undefined
  return () => {
    const { memory } = machine.state
    let free = 0
    for (const zone of memory.zones.values()) free += zone.free.freePages
    const total = memory.totalManagedPages + memory.unmanagedPages
    const corrupted = countsPoison ? poisoned() + memory.curedPages : 0
    const lines = machine.arch.meminfo?.(machine) ?? []
    const number = facts.number(() => {
      facts.add(free)
      facts.add(total)
      facts.add(corrupted)
      for (const line of lines) facts.add(line)
    })
    if (shown?.number === number) return shown.text
    const kilobytes = {
      MemTotal: total * pageKib,
      MemFree: free * pageKib,
      ...(countsPoison ? { HardwareCorrupted: corrupted * pageKib } : {}),
    }
    shown = { number, text: over({ kilobytes, lines }) }
    return shown.text
  }
}
