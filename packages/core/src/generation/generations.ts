import { HotplugError } from '../errors/hotplug-error'
import type { Generation, KernelRelease } from '../model/generation'
import { RFC9 } from './rfc9'
import { V3_10 } from './v3-10'
import { V6_1 } from './v6-1'
import { V6_12 } from './v6-12'

/** All generations, oldest first. @public */
export const GENERATIONS: readonly Generation[] = [RFC9, V3_10, V6_1, V6_12]

/** The generation of a machine whose description names none. @public */
export const DEFAULT_GENERATION = 'v6.1'

/**
 * The generation of this name: `v6.1`, `rfc9`, …
 * @throws HotplugError BAD_DESCRIPTION for a name that is not known
 * @public
 */
export function generationOf(name: string): Generation {
  const found = GENERATIONS.find((generation) => generation.name === name)
  if (found !== undefined) return found
  const known = GENERATIONS.map((generation) => generation.name).join(', ')
  throw new HotplugError(
    'BAD_DESCRIPTION',
    'EINVAL',
    `Unknown generation "${name}". Known: ${known}.`,
    {
      detail: { generation: name },
    },
  )
}

/** A generation that is taken for that of a kernel. @public */
export interface GenerationOfRelease {
  readonly generation: Generation
  /** `same`: it describes this release; `nearest`: none does. */
  readonly match: 'same' | 'nearest'
}

/**
 * The generation of a kernel.
 * @param release what `uname -r` prints: `6.12.117+deb13-cloud-amd64`
 * @returns undefined where the text does not begin with a version
 * @public
 */
export function generationOfRelease(release: string): GenerationOfRelease | undefined {
  const [, version, patchlevel] = /^(\d+)\.(\d+)/.exec(release) ?? []
  if (version === undefined || patchlevel === undefined) return undefined
  const sought: KernelRelease = [Number(version), Number(patchlevel)]
  const generation = GENERATIONS.findLast(({ kernels }) => !isBelow(sought, kernels.from))
  if (generation === undefined) return undefined
  const { is } = generation.kernels
  const isSame = is !== null && !isBelow(is, sought) && !isBelow(sought, is)
  return { generation, match: isSame ? 'same' : 'nearest' }
}

const isBelow = (a: KernelRelease, b: KernelRelease): boolean =>
  a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])
