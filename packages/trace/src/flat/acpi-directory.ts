/** Where QEMU 7.2 has its memory devices on the machine type q35; observed. */
const QEMU_CONTAINER = 'LNXSYSTM:00/LNXSYBUS:00/PNP0A06:04'
const SYSTEM_BUS = 'LNXSYSTM:00/LNXSYBUS:00'

/**
 * The directories of ACPI devices below /sys/devices. One is told by the `firmware_node` link of a block that is bound to the
 * device or to another one beside it; else QEMU's is assumed for QEMU's names, and the system bus for others.
 * @param boot a flat view, which is searched once for all devices
 * @returns what gives the directory of the device with a name on the bus: `PNP0C80:00`
 */
export function acpiDirectories(boot: Readonly<Record<string, string>>): (name: string) => string {
  const parents = new Map<string, string>()
  let beside: string | undefined
  for (const [key, value] of Object.entries(boot)) {
    if (!key.endsWith('/firmware_node')) continue
    const [, parent, bound] = /^-> (?:\.\.\/)+(.+)\/([^/]+)$/.exec(value) ?? []
    if (parent === undefined || bound === undefined) continue
    if (!parents.has(bound)) parents.set(bound, parent)
    beside = parent
  }
  return (name) => {
    const path = boot[`/sys/bus/acpi/devices/${name}/path`] ?? ''
    const assumed = path.startsWith('\\_SB_.MHPC.') ? QEMU_CONTAINER : SYSTEM_BUS
    return `${parents.get(name) ?? beside ?? assumed}/${name}`
  }
}
