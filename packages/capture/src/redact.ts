import { formatCmdline, parameterKey, parseCmdline } from '@memhp/kernel-files'
import type { Capture, Redaction } from './format'
import { orderCapture } from './serialise'

/** Kernel parameters that decide about memory; all others are left out of a redacted command line. */
const MEMORY_PARAMETER =
  /^(?:memhp_default_state|movable_node|memory_hotplug\.\w+|acpi_no_memhotplug|mem|memmap|kernelcore|movablecore|hugepages|hugepagesz|default_hugepagesz|hugetlb_cma|cma|crashkernel|numa|numa_balancing|nokaslr|no5lvl|transparent_hugepage|hashdist|disable_radix)$/

/** Names in /proc/iomem that every host has. */
const COMMON_RESOURCE =
  /^(?:System RAM(?: \(\w+\))?|Kernel (?:code|rodata|data|bss)|Crash kernel|Reserved|Unknown E820 type|System ROM|Video ROM|Adapter ROM|ACPI Tables|ACPI Non-volatile Storage|Persistent Memory(?: \(legacy\))?|RAM buffer|PCI Bus [0-9a-f:]+|Local APIC|IOAPIC \d+|HPET \d+|MSI)$/

const REDACTIONS: Readonly<Record<string, readonly [(text: string) => string, string]>> = {
  '/proc/cmdline': [
    (text) =>
      `${formatCmdline(parseCmdline(text).filter(({ name }) => MEMORY_PARAMETER.test(parameterKey(name))))}\n`,
    'Only parameters that decide about memory are kept.',
  ],
  '/proc/version': [
    (text) => `${/^Linux version \d+(?:\.\d+)*/.exec(text)?.[0] ?? 'Linux'}\n`,
    'Only the number of the release is kept, here and in kernelRelease.',
  ],
  '/proc/iomem': [
    (text) =>
      text.replaceAll(/ : (.*)$/gm, (line: string, name: string) =>
        COMMON_RESOURCE.test(name) ? line : ' : device',
      ),
    'Names of devices read "device".',
  ],
  '/proc/swaps': [
    (text) => text.replaceAll(/^\/\S+/gm, (name) => 'device'.padEnd(name.length)),
    'Names of swap areas read "device".',
  ],
}

/**
 * The capture without what tells which machine it is of and what runs there: the host's name, notes, kernel parameters that have
 * nothing to do with memory, names of devices, who built the kernel. `redacted` says what was done.
 */
export function redactCapture(capture: Capture): Capture {
  const files = { ...capture.files }
  const redacted: Redaction[] = [...capture.redacted]
  for (const [path, [redact, what]] of Object.entries(REDACTIONS)) {
    const text = files[path]
    if (text === undefined) continue
    const replaced = redact(text)
    if (replaced === text) continue
    files[path] = replaced
    redacted.push({ path, what })
  }
  const { hostname: _hostname, notes: _notes, ...rest } = capture
  const kernelRelease = /^\d+(?:\.\d+)*/.exec(capture.kernelRelease)?.[0] ?? 'unknown'
  return orderCapture({ ...rest, kernelRelease, files, redacted })
}
