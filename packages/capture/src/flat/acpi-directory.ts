/** Where QEMU 7.2 has its memory devices on the machine type q35; observed. */
const QEMU_CONTAINER = 'LNXSYSTM:00/LNXSYBUS:00/PNP0A06:04'
const SYSTEM_BUS = 'LNXSYSTM:00/LNXSYBUS:00'

/**
 * The directory of an ACPI device below /sys/devices. It is told by the `firmware_node` link of a block that is bound to the
 * device or to another one beside it; else QEMU's is assumed for QEMU's names, and the system bus for others.
 * @param name name on the bus: `PNP0C80:00`
 * @param boot a flat view
 */
export function acpiDirectory(name: string, boot: Readonly<Record<string, string>>): string {
  let beside: string | undefined
  for (const [key, value] of Object.entries(boot)) {
    const [, parent, bound] = key.endsWith('/firmware_node')
      ? (/^-> (?:\.\.\/)+(.+)\/([^/]+)$/.exec(value) ?? [])
      : []
    if (parent === undefined) continue
    if (bound === name) return `${parent}/${name}`
    beside = parent
  }
  const path = boot[`/sys/bus/acpi/devices/${name}/path`] ?? ''
  return `${beside ?? (path.startsWith('\\_SB_.MHPC.') ? QEMU_CONTAINER : SYSTEM_BUS)}/${name}`
}
