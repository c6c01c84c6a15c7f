/** What `uname -m` prints, by the name that Debian has for the architecture and recordings took over. */
const MACHINE_NAMES: ReadonlyMap<string, string> = new Map([
  ['arm64', 'aarch64'],
  ['loong64', 'loongarch64'],
])

/** The architecture of a recorded run as `uname -m` names it, and its MMU where the run names one: `ppc64le-hash`. */
export function recordedArch(name: string): {
  readonly arch: string
  readonly mmu: string | undefined
} {
  const [arch = name, mmu] = name.split('-')
  return { arch: MACHINE_NAMES.get(arch) ?? arch, mmu }
}
