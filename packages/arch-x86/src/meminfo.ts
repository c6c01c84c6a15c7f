import type { Machine } from '@memhp/core'

/**
 * Lines of /proc/meminfo that tell how the direct map is mapped, smallest leaves first.
 * Source: arch_report_meminfo, arch/x86/mm/pat/set_memory.c 6.1.
 */
export function meminfo(machine: Machine): readonly string[] {
  const { directMapBytes } = machine.state.memory.mapping
  const leaves = machine.arch.geometry.pageTables?.directLeaves ?? []
  return leaves.toReversed().map(({ sizeBytes, counter }) => {
    const kilobytes = (directMapBytes.get(sizeBytes) ?? 0) / 1024
    return `${counter}:    ${String(kilobytes).padStart(8)} kB`
  })
}
