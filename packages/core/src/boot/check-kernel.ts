import { HotplugError } from '../errors/hotplug-error'
import { GENERATIONS } from '../generation/generations'
import type { Arch } from '../model/arch'
import type { Generation } from '../model/generation'

/**
 * Requires that kernels of a generation have memory hot-plug on an architecture.
 * @throws HotplugError BAD_DESCRIPTION (EINVAL) that names those which have
 * Source: MEMORY_HOTPLUG depends on 64BIT, mm/Kconfig 5.16 and later; spec 0.3.
 */
export function checkKernel(
  { name, geometry }: Pick<Arch, 'name' | 'geometry'>,
  { name: kernel, rules }: Generation,
): void {
  if (geometry.wordBytes !== 4 || rules.add.words === 'any') return
  const others = GENERATIONS.filter((each) => each.rules.add.words === 'any')
  const known = others.map((each) => each.name).join(' or ')
  const text = `kernel: ${kernel} has memory hot-plug for 64 bits only, and ${name} has 32. Take ${known}.`
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', text, { detail: { place: 'kernel' } })
}
