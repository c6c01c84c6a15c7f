import { type KernelParameter, parameterKey, parseCmdline } from '@memhp/kernel-files'

/** Parameters that decide how much memory there is at boot, in which zones, and what hot-plug makes of more. */
const HOTPLUG_PARAMETERS: ReadonlySet<string> = new Set([
  'acpi_no_memhotplug',
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

const bearsOnHotplug = (name: string): boolean => {
  const key = parameterKey(name)
  return HOTPLUG_PARAMETERS.has(key) || key.startsWith('memory_hotplug.')
}

/** Finds the parameters of memory hot-plug in a kernel command line. */
export const hotplugParameters = (cmdline: string): readonly KernelParameter[] =>
  parseCmdline(cmdline).filter(({ name }) => bearsOnHotplug(name))
