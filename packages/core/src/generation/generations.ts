import { HotplugError } from '../errors/hotplug-error'
import type { Generation, KernelRelease } from '../model/generation'
import { V6_1 } from './v6-1'
import { V6_1_82 } from './v6-1-82'
import { V6_12 } from './v6-12'
import { V7_2 } from './v7-2'

/** Generations that need no code beside what all have, oldest first: what machines know that are given no `kernels`. @public */
export const KERNELS: readonly Generation[] = [V6_1_82, V6_1, V6_12, V7_2]

/** The generation of a machine whose description names none. @public */
export const DEFAULT_GENERATION = 'v6.1'

/**
 * The generation of this name: `v6.1`, `v6.12`, …
 * @param kernels those that are known
 * @throws HotplugError BAD_DESCRIPTION for a name that is not known
 * @public
 */
export function generationOf(name: string, kernels: readonly Generation[] = KERNELS): Generation {
  const found = kernels.find((generation) => generation.name === name)
  if (found !== undefined) return found
  const known = kernels.map((generation) => generation.name).join(', ')
  throw new HotplugError(
    'BAD_DESCRIPTION',
    'EINVAL',
    `Unknown generation "${name}". Known: ${known}.${otherKernels(kernels)}`,
    {
      detail: { generation: name },
    },
  )
}

/** Where more kernels are to be had than those that are known, as a sentence behind another; empty where nowhere. */
export const otherKernels = (kernels: readonly Generation[]): string =>
  kernels === KERNELS ? ' Those of 2012 are known with kernels: GENERATIONS.' : ''

/** A generation that is taken for that of a kernel. @public */
export interface GenerationOfRelease {
  readonly generation: Generation
  /** `same`: it describes this release; `nearest`: none does. */
  readonly match: 'same' | 'nearest'
}

/** A sublevel of 0 with a number behind it is a build of a distribution. */
const RELEASE = /^(\d+)\.(\d+)(?:\.(?!0-\d)(\d+))?/

/**
 * The generation of a kernel. Distributions put a number of their builds behind a sublevel of 0 (`6.1.0-56-cloud-amd64` is
 * Debian's 6.1.170): the stable release is not known then, and the last of the series is taken.
 * @param release what `uname -r` prints: `6.12.117+deb13-cloud-amd64`
 * @param kernels those that are known, oldest first
 * @returns undefined where the text does not begin with a version; the oldest for those that are older
 * @public
 */
export function generationOfRelease(
  release: string,
  kernels: readonly Generation[] = KERNELS,
): GenerationOfRelease | undefined {
  const [, version, patchlevel, sublevel] = RELEASE.exec(release) ?? []
  if (version === undefined || patchlevel === undefined) return undefined
  const sought: KernelRelease = [
    Number(version),
    Number(patchlevel),
    sublevel === undefined ? Number.POSITIVE_INFINITY : Number(sublevel),
  ]
  const generation =
    kernels.findLast((each) => each.kernels.also?.some((from) => isLater(sought, from))) ??
    kernels.findLast((each) => !isBelow(sought, each.kernels.from)) ??
    kernels[0]
  if (generation === undefined) return undefined
  const { is } = generation.kernels
  const isSame = is !== null && is[0] === sought[0] && is[1] === sought[1]
  return { generation, match: isSame ? 'same' : 'nearest' }
}

/** Whether a release is of the same series as another, and not before it. */
const isLater = (a: KernelRelease, b: KernelRelease): boolean =>
  a[0] === b[0] && a[1] === b[1] && !isBelow(a, b)

function isBelow(a: KernelRelease, b: KernelRelease): boolean {
  if (a[0] !== b[0]) return a[0] < b[0]
  if (a[1] !== b[1]) return a[1] < b[1]
  return (a[2] ?? 0) < (b[2] ?? 0)
}
