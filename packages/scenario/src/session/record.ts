import type { LogLine, Machine, PlatformEvent, Uevent } from '@memhp/core'
import { blockIds } from '@memhp/core/inspect'
import { FlatReader, flatView } from '@memhp/trace'

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

/** What a machine tells from now on. @returns `end` stops listening and gives what was told */
export function listen(machine: Machine): { end(): Happenings } {
  const uevents: Uevent[] = []
  const log: LogLine[] = []
  const platform: PlatformEvent[] = []
  const unsubscribe = machine.observe((event) => {
    if (event.kind === 'uevent') uevents.push(event.uevent)
    if (event.kind === 'log') log.push(event.line)
    if (event.kind === 'platform') platform.push(event.event)
  })
  return {
    end() {
      unsubscribe()
      return { uevents, log, platform }
    },
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

/** Most memory blocks of which all files are read: half a gigabyte of texts. */
export const MOST_BLOCKS: number = 2 ** 15

/** Whether all files of a machine can be read in a time and a memory that its user expects. */
export const isReadable = (machine: Machine): boolean => blockIds(machine).length <= MOST_BLOCKS

/** Reads a machine's tree again and again, and tells what changed. Of blocks that were not written nothing is read again. */
export class ChangeReader {
  readonly #reader: FlatReader
  readonly #shown: Map<string, string>

  constructor(machine: Machine) {
    this.#reader = new FlatReader(machine.tree)
    this.#shown = new Map(this.#reader.read().view)
  }

  /** What changed since the reading before, by key. */
  read(): readonly KeyChange[] {
    const { view, changed } = this.#reader.read()
    return [...changed].sort().flatMap((key) => {
      const [before = null, after = null] = [this.#shown.get(key), view.get(key)]
      if (after === null) this.#shown.delete(key)
      else this.#shown.set(key, after)
      return before === after ? [] : [{ key, before, after }]
    })
  }
}
