import { kilobytesOf, meminfoOver, parseMeminfo } from '@memhp/kernel-files'
import type { Machine } from '../model/machine'
import type { Rereader } from '../model/subsystem'

/** What is available beside the free pages, in kB, as it was captured; undefined where neither was. */
function availableBeside(base: string): number | undefined {
  const captured = parseMeminfo(base)
  const available = kilobytesOf(captured, 'MemAvailable')
  const free = kilobytesOf(captured, 'MemFree')
  return available === undefined || free === undefined ? undefined : available - free
}

/** Prepares the text of /proc/meminfo: what the machine knows, over what was captured. */
export function meminfoText(machine: Machine, rereader: Rereader | undefined): () => string {
  const base = machine.description.files?.['/proc/meminfo']
  const over = meminfoOver({ base, node: undefined })
  const countsPoison = base?.includes('\nHardwareCorrupted:') === true
  const poisoned = machine.subsystems.memoryFailure?.count(machine, rereader)
  const pageKib = machine.geometry.pageBytes / 1024
  /** Of the captured text, which is looked through when it is first shown. */
  let captured: { readonly beside: number | undefined } | undefined
  return () => {
    const { memory } = machine.state
    captured ??= { beside: availableBeside(base ?? '') }
    const { beside } = captured
    let free = 0
    for (const zone of memory.zones.values()) free += zone.free.freePages
    const total = memory.totalManagedPages + memory.unmanagedPages
    return over({
      kilobytes: {
        MemTotal: total * pageKib,
        MemFree: free * pageKib,
        ...(beside === undefined ? {} : { MemAvailable: Math.max(0, free * pageKib + beside) }),
        ...(countsPoison
          ? { HardwareCorrupted: ((poisoned?.() ?? 0) + memory.curedPages) * pageKib }
          : {}),
      },
      lines: machine.arch.meminfo?.(machine) ?? [],
    })
  }
}
