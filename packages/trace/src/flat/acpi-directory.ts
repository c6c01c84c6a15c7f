const SYSTEM_BUS = 'LNXSYSTM:00/LNXSYBUS:00'

/** Where QEMU has its memory devices: below the fifth container of machine type q35, the second of machines virt; observed. */
const containerOf = (arch: string): string => `${SYSTEM_BUS}/PNP0A06:0${arch === 'x86_64' ? 4 : 1}`

/** Memory devices of QEMU by their paths. Some recorders lose the backslash. */
const OF_QEMU = /^\\?_SB_\.MHPC\./

/**
 * The directories of ACPI devices below /sys/devices. One is told by the `firmware_node` link of a block that is bound to the
 * device or to another one beside it; else QEMU's is assumed for QEMU's names, and the system bus for others.
 * @param trace its architecture, and a flat view, which is searched once for all devices
 * @returns what gives the directory of the device with a name on the bus: `PNP0C80:00`
 */
export function acpiDirectories({
  arch,
  boot,
}: {
  readonly arch: string
  readonly boot: Readonly<Record<string, string>>
}): (name: string) => string {
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
    const assumed = OF_QEMU.test(path) ? containerOf(arch) : SYSTEM_BUS
    return `${parents.get(name) ?? beside ?? assumed}/${name}`
  }
}
