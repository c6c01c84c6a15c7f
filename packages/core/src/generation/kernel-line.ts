import type { AssumedChange } from '../model/assumed-change'
import type { Generation, GenerationAt, KernelRelease } from '../model/generation'
import { CHANGES, type ChangedParts, type KernelChange, type Look, looksOf } from './changes'
import { compareReleases } from './release'

/** What the parts of a generation are before any change. */
type First = () => Omit<Generation, 'name' | 'source' | 'kernels'> & ChangedParts

/** Kernels that follow from what was seen of their releases. */
export interface KernelLine {
  /**
   * The generation of a series.
   * @param series version and patch level of the kernel that it is
   */
  readonly preset: (
    series: KernelRelease,
    told: { readonly source: string; readonly kernels: Omit<Generation['kernels'], 'is' | 'at'> },
  ) => Generation
}

type Writable<T> = { -readonly [Part in keyof T]: T[Part] }

/** Makes a line: one generation for one name. A release that has what a preset has is of that. */
export function kernelLine(first: First): KernelLine {
  const made = new Map<string, Generation>()
  const make = (
    release: KernelRelease,
    rest: Pick<Generation, 'source' | 'kernels'>,
  ): Generation => {
    const name = nameOf(release)
    const known = made.get(name)
    if (known !== undefined) return known
    const { config, rules, log, ...parts } = first()
    const changed: Writable<ChangedParts> = { config, rules, log }
    for (const { change } of changesOf(release)) Object.assign(changed, change(changed))
    const generation: Generation = Object.freeze({ ...parts, ...changed, name, ...rest })
    made.set(name, generation)
    return generation
  }
  const ofRelease = (release: KernelRelease): Generation =>
    make(release, {
      source: `Linux ${release.join('.')}, by what was seen of its changes: docs/kernels.md`,
      kernels: { from: release, is: seriesOf(release) },
    })
  return {
    preset(series, { source, kernels }) {
      const at = (release: KernelRelease): GenerationAt => {
        const isPreset = EFFECTIVE.every((change) => hasSame(change, release, series))
        return { generation: isPreset ? preset : ofRelease(release), assumed: assumedOf(release) }
      }
      const preset = make(series, { source, kernels: { ...kernels, is: series, at } })
      return preset
    },
  }
}

type EffectiveChange = KernelChange & { readonly change: NonNullable<KernelChange['change']> }

/** Changes from which something follows for a machine. */
const EFFECTIVE: readonly EffectiveChange[] = /* @__PURE__ */ CHANGES.filter(
  (each): each is EffectiveChange => each.change !== null,
)

const seriesOf = ([version, patchlevel]: KernelRelease): KernelRelease => [version, patchlevel]

/** That of the series, where it has the same changes; else with the sublevel. */
function nameOf(release: KernelRelease): string {
  const series = seriesOf(release)
  const isLikeSeries = EFFECTIVE.every((change) => hasSame(change, release, series))
  return `v${(isLikeSeries ? series : release).join('.')}`
}

const hasSame = (change: KernelChange, a: KernelRelease, b: KernelRelease): boolean =>
  verdictOf(change, a).isThere === verdictOf(change, b).isThere

const changesOf = (release: KernelRelease): readonly EffectiveChange[] =>
  EFFECTIVE.filter((change) => verdictOf(change, release).isThere)

/** Whether a release has a change: what the nearest look says, and whether the next one says otherwise. */
function verdictOf(
  change: KernelChange,
  release: KernelRelease,
): Look & { readonly isAssumed: boolean } {
  const looks = looksOf(change)
  const before = looks.findLast((look) => compareReleases(look.release, release) <= 0)
  const after = looks.find((look) => compareReleases(look.release, release) >= 0)
  const near = [before, after].find((look) => look && isSameSeries(look.release, release))
  const look = near ?? before ?? after
  if (look === undefined) return { release, isThere: false, isAssumed: true }
  const isBetween = before !== undefined && after !== undefined
  const isKnown = near !== undefined || (isBetween && before.isThere === after.isThere)
  return { ...look, isAssumed: !isKnown }
}

const isSameSeries = (a: KernelRelease, b: KernelRelease): boolean => a[0] === b[0] && a[1] === b[1]

const assumedOf = (release: KernelRelease): readonly AssumedChange[] =>
  EFFECTIVE.flatMap((change) => {
    const { isAssumed, isThere, release: asOn } = verdictOf(change, release)
    const { name, what, arch } = change
    if (!isAssumed) return []
    return [{ name, what, ...(arch === undefined ? {} : { arch }), isThere, asOn: asOn.join('.') }]
  })

/** What is known of a change on a release. @alpha */
export interface ChangeOnRelease {
  readonly isThere: boolean
  /** The release itself was looked at; else it is as `asOn`. */
  readonly isSeen: boolean
  readonly asOn: string
}

/** Every change, by when it was first seen, with what is known of it on releases. @alpha */
export const kernelChanges = (
  releases: readonly KernelRelease[],
): readonly (Pick<KernelChange, 'name' | 'what' | 'arch'> & {
  readonly on: readonly ChangeOnRelease[]
})[] =>
  CHANGES.map((change) => {
    const { name, what, arch } = change
    const on = releases.map((release): ChangeOnRelease => {
      const { isThere, release: look } = verdictOf(change, release)
      return { isThere, isSeen: compareReleases(look, release) === 0, asOn: look.join('.') }
    })
    return { name, what, ...(arch === undefined ? {} : { arch }), on }
  })

/** Releases after 6.1 that were looked at, oldest first. @alpha */
export function seenReleases(): readonly KernelRelease[] {
  const all = CHANGES.flatMap(looksOf).map(({ release }) => release)
  const sorted = all.filter((release) => release.length === 3).sort(compareReleases)
  return sorted.filter(
    (release, i) => i === 0 || compareReleases(release, sorted[i - 1] ?? release) > 0,
  )
}
