import { flatView } from '@memhp/capture'
import type { Journal, LogLine, Machine, PlatformEvent, Uevent } from '@memhp/core'

/** What a machine said while a step ran. */
export interface Happenings {
  readonly uevents: readonly Uevent[]
  readonly log: readonly LogLine[]
  /** What the platform was told. */
  readonly platform: readonly PlatformEvent[]
}

/** A key of the flat view of the machine's tree whose text changed. */
export interface KeyChange {
  readonly key: string
  /** Null where the key was not there. */
  readonly before: string | null
  /** Null where the key is gone. */
  readonly after: string | null
}

/** The last entry of each list of the journal at one moment. */
type Mark = { readonly [List in keyof Happenings]: Happenings[List][number] | undefined }

/** Remembers where the machine's journal stands. */
export function markJournal({ state }: Machine): Mark {
  const { uevents, log, platform } = state.journal
  return { uevents: uevents.at(-1), log: log.at(-1), platform: platform.at(-1) }
}

/** Entries behind a remembered one. The journal drops old entries, so the remembered one may be gone. */
const after = <Entry>(list: readonly Entry[], last: Entry | undefined): readonly Entry[] =>
  last === undefined ? [...list] : list.slice(list.lastIndexOf(last) + 1)

/** What the journal says since it was marked. */
export function happeningsSince({ state }: Machine, mark: Mark): Happenings {
  const { uevents, log, platform }: Journal = state.journal
  return {
    uevents: after(uevents, mark.uevents),
    log: after(log, mark.log),
    platform: after(platform, mark.platform),
  }
}

/** The machine's tree as one map from keys to texts. Costs one read for each key. */
export const viewOf = (machine: Machine): Readonly<Record<string, string>> => flatView(machine.tree)

/** What differs between two views, by key. */
export function changesBetween(
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): readonly KeyChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort()
  return keys
    .filter((key) => before[key] !== now[key])
    .map((key) => ({ key, before: before[key] ?? null, after: now[key] ?? null }))
}
