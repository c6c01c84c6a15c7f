import { type KernelParameter, parameterKey, parseCmdline } from '@memhp/kernel-files'
import type { Listings } from '../firmware/devices'

/** Parameters that decide how much memory there is at boot, in which zones, and what hot-plug makes of more. */
const HOTPLUG_PARAMETERS: ReadonlySet<string> = new Set([
  'cma',
  'crashkernel',
  'default_hugepagesz',
  'hugepages',
  'hugepagesz',
  'hugetlb_cma',
  'kernelcore',
  'mem',
  'memhp_default_state',
  'memmap',
  'mirrored_kernelcore',
  'movable_node',
  'movablecore',
  'numa',
])

/**
 * Finds the parameters of memory hot-plug in a kernel command line.
 * @param listings of firmware whose parameters count too
 */
export function hotplugParameters(cmdline: string, listings: Listings): readonly KernelParameter[] {
  const ofFirmware = listings.flatMap(({ parameters }) => parameters)
  return parseCmdline(cmdline).filter(({ name }) => {
    const key = parameterKey(name)
    return (
      HOTPLUG_PARAMETERS.has(key) || key.startsWith('memory_hotplug.') || ofFirmware.includes(key)
    )
  })
}
