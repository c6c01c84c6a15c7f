import type { KernelParameter } from '../topology'

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
  const plain = name.replaceAll('-', '_')
  return HOTPLUG_PARAMETERS.has(plain) || plain.startsWith('memory_hotplug.')
}

/**
 * Finds the parameters of memory hot-plug in a kernel command line. Words after `--` belong to init.
 * Source: lib/cmdline.c next_arg (Linux 6.1): double quotes keep blanks together and are dropped.
 */
export function hotplugParameters(cmdline: string): readonly KernelParameter[] {
  const words: readonly string[] = cmdline.match(/(?:"[^"]*"?|\S)+/g) ?? []
  const end = words.indexOf('--')
  const parameters = (end === -1 ? words : words.slice(0, end)).map((word) => {
    const plain = word.replaceAll('"', '')
    const equals = plain.indexOf('=')
    return equals === -1
      ? { name: plain, value: null }
      : { name: plain.slice(0, equals), value: plain.slice(equals + 1) }
  })
  return parameters.filter(({ name }) => bearsOnHotplug(name))
}
