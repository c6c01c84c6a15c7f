import { HotplugError } from '../errors/hotplug-error'
import type { AssumedChange } from '../model/assumed-change'
import type { Generation, KernelRelease } from '../model/generation'
import { compareReleases } from './release'
import { V5_10 } from './v5-10'
import { V5_10_213 } from './v5-10-213'
import { V6_1 } from './v6-1'
import { V6_1_82 } from './v6-1-82'
import { V6_12 } from './v6-12'
import { V6_18 } from './v6-18'
import { V7_2 } from './v7-2'
import { V7_3 } from './v7-3'

/** Generations that need no code beside what all have, oldest first: Linux 5.10, and those after it. @public */
export const KERNELS: readonly Generation[] = [
  V5_10_213,
  V5_10,
  V6_1_82,
  V6_1,
  V6_12,
  V6_18,
  V7_2,
  V7_3,
]

/** What machines know that are given no `kernels`: Linux 6.1, before and after what its stable releases changed. @public */
export const DEFAULT_KERNELS: readonly Generation[] = [V6_1_82, V6_1]

/** The generation of a machine whose description names none. @public */
export const DEFAULT_GENERATION = 'v6.1'

/**
 * The generation of this name: one that is known, `v6.1`, or what follows from those for a release, `v6.17`, `v6.17.13`.
 * @param kernels those that are known
 * @throws HotplugError BAD_DESCRIPTION for a name that is not known
 * @public
 */
export function generationOf(name: string, kernels: readonly Generation[]): Generation {
  const found =
    kernels.find((generation) => generation.name === name) ?? generationOfSeries(name, kernels)
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

/** The generation of a release that has this name. */
function generationOfSeries(name: string, kernels: readonly Generation[]): Generation | undefined {
  if (!name.startsWith('v')) return undefined
  const generation = generationOfRelease(name.slice(1), kernels)?.generation
  return generation?.name === name ? generation : undefined
}

/** Where more kernels are to be had than those that are known, as sentences behind another; empty where nowhere. @public */
export function otherKernels(kernels: readonly Generation[]): string {
  const later =
    kernels.at(-1)?.kernels.before === undefined
      ? ''
      : ' Later ones are known with kernels: KERNELS of @memhp/core.'
  const hasOld = kernels.some(({ code }) => code !== undefined)
  return hasOld
    ? later
    : `${later} Those of 2012 are known with kernels: GENERATIONS of @memhp/core.`
}

/** A generation that is taken for that of a kernel. @public */
export interface GenerationOfRelease {
  readonly generation: Generation
  /**
   * `same`: it describes this release; `nearest`: none does; `later`: the release is after all that is known, and there are
   * generations that describe it better.
   */
  readonly match: 'same' | 'nearest' | 'later'
  /** Changes that it is assumed to have or to lack: no release was looked at that decides. */
  readonly assumed: readonly AssumedChange[]
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
  kernels: readonly Generation[],
): GenerationOfRelease | undefined {
  const [, version, patchlevel, sublevel] = RELEASE.exec(release) ?? []
  if (version === undefined || patchlevel === undefined) return undefined
  const series = [Number(version), Number(patchlevel)] as const
  const sought: KernelRelease = sublevel === undefined ? series : [...series, Number(sublevel)]
  const nearest =
    kernels.findLast((each) => each.kernels.also?.some((from) => isLater(sought, from))) ??
    kernels.findLast((each) => !isBelow(sought, each.kernels.from)) ??
    kernels[0]
  if (nearest === undefined) return undefined
  const { generation, assumed } = nearest.kernels.at?.(sought) ?? {
    generation: nearest,
    assumed: [],
  }
  const { is } = generation.kernels
  const isSame = is !== null && is[0] === sought[0] && is[1] === sought[1]
  const before = kernels.at(-1)?.kernels.before
  const isAfterAll = before !== undefined && !isBelow(sought, before)
  return { generation, match: isSame ? 'same' : isAfterAll ? 'later' : 'nearest', assumed }
}

/** Whether a release is of the same series as another, and not before it. */
const isLater = (a: KernelRelease, b: KernelRelease): boolean =>
  a[0] === b[0] && a[1] === b[1] && !isBelow(a, b)

/** Whether a release is before the first one of a generation. Without a sublevel it is the last of its series. */
function isBelow(a: KernelRelease, [version, patchlevel, sublevel = 0]: KernelRelease): boolean {
  return compareReleases(a, [version, patchlevel, sublevel]) < 0
}
