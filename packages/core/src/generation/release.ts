import type { KernelRelease } from '../model/generation'

/** Negative where the first is older. A release without a sublevel is the last of its series. */
export function compareReleases(a: KernelRelease, b: KernelRelease): number {
  const [versionA, patchA, subA = Number.POSITIVE_INFINITY] = a
  const [versionB, patchB, subB = Number.POSITIVE_INFINITY] = b
  if (versionA !== versionB) return versionA - versionB
  if (patchA !== patchB) return patchA - patchB
  return subA === subB ? 0 : subA - subB
}
