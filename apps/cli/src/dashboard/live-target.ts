import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { serialiseCapture } from '@memhp/capture'
import { hostTree } from '@memhp/host'
import type { CliContext } from '../context'
import { checkFolder, withFile } from '../file-problem'
import type { SourceChoice } from '../source/choice'
import { NAME_A_SYSROOT, takeHost } from '../source/take-host'
import { type WatchRecord, watchMemory } from '../watch/watch'
import { watchedHost } from '../watch/watched-host'

/** What the page is to show. */
export interface LiveTarget {
  readonly name: string
  /** A capture, or a scenario: what the page opens as it opens a file that is dropped on it. */
  text(): Promise<string>
  /** Tells of each change until the signal ends it. */
  follow(signal: AbortSignal, tell: (what: string) => void): Promise<void>
  /** Where writes go; null where there is nothing to write to, or none are allowed. */
  readonly writable: WritablePlace | null
  /** Lets go of it. */
  close?(): Promise<void>
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

/** How a target is watched as long as the page is served. */
export const WATCH_OPTIONS = { interval: 1000, time: undefined, until: [] } as const

/** Tells of uevents and changes in words. */
export const changeTeller =
  (tell: (what: string) => void) =>
  (record: WatchRecord): void => {
    if (record.kind === 'uevent') tell(`${record.action} ${record.name}`)
    if (record.kind !== 'change') return
    const what = record.what === 'block' ? `memory${record.block}` : record.what
    tell(`${what} ${record.from} -> ${record.to}`)
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
    follow: async (signal, tell) => {
      const options = { ...WATCH_OPTIONS, signal, tell: changeTeller(tell) }
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
    case 'scenario':
      return fixedTarget(
        choice.path,
        await withFile(choice.path, async () => readFile(choice.path, 'utf8')),
      )
  }
}

const fixedTarget = (path: string, text: string): LiveTarget => ({
  name: basename(path),
  text: async () => text,
  follow: UNCHANGING,
  writable: null,
})
