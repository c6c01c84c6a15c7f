import { otherKernels } from '../generation/generations'
import type { Arch } from '../model/arch'
import type { Generation, KernelRelease } from '../model/generation'
import { refuseDescription } from '../shape/refuse-description'

type KnownArch = Pick<Arch, 'name' | 'geometry' | 'since'>

/**
 * Requires that kernels of a generation exist for an architecture, and have memory hot-plug on it.
 * @throws HotplugError BAD_DESCRIPTION (EINVAL) that names those which have
 * Source: MEMORY_HOTPLUG depends on 64BIT, mm/Kconfig 5.16 and later; spec 0.3. arch/tile went with 4.17, arch/ia64 with 6.7.
 */
export function checkKernel(
  arch: KnownArch,
  generation: Generation,
  kernels: readonly Generation[],
): void {
  const problem = kernelProblem(arch, generation)
  if (problem === undefined) return
  const known = kernelsOf(arch, kernels).join(' or ')
  const instead = known === '' ? otherKernels(kernels) : ` Take ${known}.`
  refuseDescription('kernel', `${generation.name} ${problem}${instead}`)
}

/**
 * The generations of the kernel that an architecture has memory hot-plug in, oldest first.
 * @param kernels those that are known
 * @alpha
 */
export const kernelsOf = (arch: KnownArch, kernels: readonly Generation[]): readonly string[] =>
  kernels.filter((each) => kernelProblem(arch, each) === undefined).map(({ name }) => name)

function kernelProblem(
  { name, geometry, since }: KnownArch,
  { dropped, kernels, rules }: Generation,
): string | undefined {
  if (since !== undefined && isBefore(kernels.is ?? kernels.from, since))
    return `has no memory hot-plug on ${name}: that came with Linux ${since.join('.')}.`
  if (dropped.includes(name)) return `has no ${name}: Linux had dropped it by then.`
  if (geometry.wordBytes === 4 && rules.add.words === '64 bits')
    return `has memory hot-plug for 64 bits only, and ${name} has 32.`
  return undefined
}

const isBefore = (
  [version, patchlevel]: KernelRelease,
  [ofVersion, ofPatchlevel]: KernelRelease,
): boolean => version < ofVersion || (version === ofVersion && patchlevel < ofPatchlevel)
