import { kilobytesOf, type Meminfo, meminfoOver, parseMeminfo } from '@memhp/kernel-files'
import type { Machine } from '../model/machine'
import type { Rereader } from '../model/subsystem'
import type { Zone } from '../model/zone'

/** What is available beside the free pages, in kB, as it was captured; undefined where neither was. */
function availableBeside(captured: Meminfo): number | undefined {
  const available = kilobytesOf(captured, 'MemAvailable')
  const free = kilobytesOf(captured, 'MemFree')
  return available === undefined || free === undefined ? undefined : available - free
}

/** What is set aside for contiguous allocation, as it was captured, in kB; undefined where the kernel does not count it. */
function capturedAside(
  captured: Meminfo,
): { readonly total: number; readonly free: number } | undefined {
  const total = kilobytesOf(captured, 'CmaTotal')
  const free = kilobytesOf(captured, 'CmaFree')
  return total === undefined || free === undefined ? undefined : { total, free }
}

/**
 * Prepares what is set aside, in kB: none where the machine has none, or not the part that keeps it. Pages of it that were in use
 * when the machine was captured may be elsewhere on it, so that what is counted is what came into use since.
 */
function asideCounter(machine: Machine, meminfo: Meminfo): () => Readonly<Record<string, number>> {
  const { contiguousMemory } = machine.subsystems
  const zones = (): readonly Zone[] => [...machine.state.memory.zones.values()]
  const pageKib = machine.geometry.pageBytes / 1024
  const total = zones().reduce((sum, { cmaPages }) => sum + cmaPages, 0) * pageKib
  if (contiguousMemory === undefined || total === 0) return () => ({})
  const captured = capturedAside(meminfo)
  return () => {
    const free =
      captured?.total === total
        ? captured.free - contiguousMemory.taken(machine) * pageKib
        : contiguousMemory.freeIn(machine, zones()) * pageKib
    return { CmaTotal: total, CmaFree: Math.min(total, Math.max(0, free)) }
  }
}

/** Prepares the text of /proc/meminfo: what the machine knows, over what was captured. */
export function meminfoText(machine: Machine, rereader: Rereader | undefined): () => string {
  const base = machine.description.files?.['/proc/meminfo']
  const over = meminfoOver({ base, node: undefined })
  const countsPoison = base?.includes('\nHardwareCorrupted:') === true
  const poisoned = machine.subsystems.memoryFailure?.count(machine, rereader)
  const pageKib = machine.geometry.pageBytes / 1024
  const lookThrough = () => {
    const captured = parseMeminfo(base ?? '')
    return { beside: availableBeside(captured), aside: asideCounter(machine, captured) }
  }
  /** Of the captured text, which is looked through when it is first shown. */
  let captured: ReturnType<typeof lookThrough> | undefined
  return () => {
    const { memory } = machine.state
    captured ??= lookThrough()
    const { beside, aside } = captured
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
        ...aside(),
      },
      lines: machine.arch.meminfo?.(machine) ?? [],
    })
  }
}
