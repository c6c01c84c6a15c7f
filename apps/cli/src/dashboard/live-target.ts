import { basename } from 'node:path'
import { serialiseCapture } from '@memhp/capture'
import { hostTree } from '@memhp/host'
import type { CliContext } from '../context'
import { checkFolder } from '../file-problem'
import type { SourceChoice } from '../source/choice'
import { refuseArch } from '../source/studied-host'
import { NAME_A_SYSROOT, takeHost } from '../source/take-host'
import { HEARD_BY } from '../watch/uevents'
import { type WatchRecord, watchMemory } from '../watch/watch'
import { watchedHost } from '../watch/watched-host'

/** What the page is to show. */
export interface LiveTarget {
  readonly name: string
  /** A capture, or a scenario: what the page opens as it opens a file that is dropped on it. */
  text(): Promise<string>
  /** Follows what changes until the signal ends it. */
  follow(signal: AbortSignal, teller: Teller): Promise<void>
  /** Where writes go; null where there is nothing to write to, or none are allowed. */
  readonly writable: WritablePlace | null
  /** Lets go of it. */
  close?(): Promise<void>
}

/** What a target tells while it is followed. */
export interface Teller {
  /** @param what a uevent, or a change that was found by reading */
  changed(what: string): void
  /** @param how how changes come to be known, from now on: a sentence */
  heard(how: string): void
}

/** Where the page may write. */
export interface WritablePlace {
  /** What stands before a path in a question: a folder, or a host. */
  readonly place: string
  /** @throws HotplugError with the errno that the write is answered with */
  write(path: string, text: string): Promise<void>
}

/** How a target is opened. */
export interface TargetWish {
  readonly pages: boolean
  readonly arch?: string
  readonly allowWrite: boolean
}

/**
 * How a target is watched as long as the page is served: what no uevent announces, as MemTotal, and a uevent that was lost, is found
 * by reading all the same.
 */
export const WATCH_OPTIONS = {
  interval: 1000,
  intervalHeard: 20_000,
  time: undefined,
  until: [],
} as const

/** Tells of uevents and changes in words. */
export const changeTeller =
  (teller: Teller) =>
  (record: WatchRecord): void => {
    switch (record.kind) {
      case 'start':
        teller.heard(`How changes are noticed: ${HEARD_BY[record.uevents]}.`)
        break
      case 'unheard':
        teller.heard(
          'How changes are noticed: what told uevents has ended, and states are read at intervals.',
        )
        break
      case 'uevent':
        teller.changed(`${record.action} ${record.name}`)
        break
      case 'change': {
        // Its uevent has told it already.
        if (record.uevent === 'seen') break
        const what = record.what === 'block' ? `memory${record.block}` : record.what
        teller.changed(`${what} ${record.from} -> ${record.to}`)
        break
      }
      case 'end':
    }
  }

const UNCHANGING = async (): Promise<void> => {}

/** A folder that may be written. */
export function placeOf(sysroot: string): WritablePlace {
  const tree = hostTree({ sysroot, writable: true })
  return { place: tree.sysroot, write: (path, text) => tree.write(path, text) }
}

/** A host or a folder, read again and again. */
function hostTarget(
  sysroot: string | undefined,
  { pages, arch, allowWrite }: TargetWish,
  context: CliContext,
): LiveTarget {
  const where = sysroot === undefined ? {} : { sysroot }
  const tree = hostTree(where)
  return {
    name: sysroot === undefined ? 'this host' : basename(sysroot),
    text: async () =>
      serialiseCapture(
        await takeHost(
          tree,
          { sysroot, options: { pages, ...(arch === undefined ? {} : { arch }) } },
          context,
        ),
      ),
    follow: async (signal, teller) => {
      const options = { ...WATCH_OPTIONS, signal, tell: changeTeller(teller) }
      await watchMemory(watchedHost(tree, sysroot), options)
    },
    writable: allowWrite && sysroot !== undefined ? placeOf(sysroot) : null,
  }
}

/** Opens what the page is to show. @throws CliError for a folder or a file that cannot be read */
export async function openTarget(
  choice: SourceChoice,
  wish: TargetWish,
  context: CliContext,
): Promise<LiveTarget> {
  refuseArch(choice, wish)
  switch (choice.kind) {
    case 'host':
      return hostTarget(undefined, wish, context)
    case 'folder':
      await checkFolder(choice.path, NAME_A_SYSROOT)
      return hostTarget(choice.path, wish, context)
    case 'capture': {
      const { readNamedCapture } = await import('../source/capture-source')
      const text = serialiseCapture(await readNamedCapture(choice.path))
      return fixedTarget(choice.path, text)
    }
    case 'scenario': {
      const { readScenarioText } = await import('../source/scenario-source')
      return fixedTarget(choice.path, (await readScenarioText(choice.path)).text)
    }
  }
}

const fixedTarget = (path: string, text: string): LiveTarget => ({
  name: basename(path),
  text: async () => text,
  follow: UNCHANGING,
  writable: null,
})
