import { lastGiven, parameterFile, parseCmdline, parseKernelBool } from '@memhp/kernel-files'
import { alignUp, MIB } from '../address/units'
import type { MemmapOnMemory } from '../model/subsystem'

/** Bytes of a struct page. Source: struct page, include/linux/mm_types.h 6.1, on 64-bit kernels. */
const STRUCT_PAGE_BYTES = 64

/** See `MemmapOnMemory.pagesOnHost`. */
export function pagesOnHost(host: Parameters<MemmapOnMemory['pagesOnHost']>[0]): number {
  const given = parseCmdline(host.text('/proc/cmdline') ?? '')
  const word =
    host.text(parameterFile('memmap_on_memory')) ??
    lastGiven(given, 'memory_hotplug.memmap_on_memory')?.value
  const memmapBytes = host.pagesPerBlock * STRUCT_PAGE_BYTES
  const keptBytes = alignUp(memmapBytes, 2 * MIB)
  const fits = memmapBytes === keptBytes && parseKernelBool(word ?? '') === true
  return fits || word === 'force' ? keptBytes / host.pageBytes : 0
}
