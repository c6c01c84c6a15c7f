import type { Arch } from '../model/arch'

/**
 * Archs by what they are made from: nothing in one changes, so that machines that agree in that share it, and boot pays for it once.
 * @returns gives the arch that was made from the same, plain data by plain data, and makes it where there is none yet
 * @beta
 */
// @__NO_SIDE_EFFECTS__
export function archCache(): (madeFrom: unknown, make: () => Arch) => Arch {
  const archs = new Map<string, Arch>()
  return (madeFrom, make) => {
    const key = JSON.stringify(madeFrom)
    const arch = archs.get(key) ?? make()
    archs.set(key, arch)
    return arch
  }
}
