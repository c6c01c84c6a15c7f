import type { Awaitable } from '@memhp/core'
import { andThen } from '@memhp/core/plugin'
import { blockDirectory } from '@memhp/kernel-files'
import { allOf, type Contents, type Source, UNLISTED } from './source'

/** A block's directory, listed once: only what it holds is asked for. */
export interface BlockDirectory extends Contents {
  /** Whether its names are known. */
  readonly isListed: boolean
  readonly id: number
  readonly path: string
}

/** What the files of a block read; undefined where its directory does not list one, or where it cannot be read. */
export interface BlockFiles extends BlockDirectory {
  readonly state: string | undefined
  /** Undefined unless it is compared with `state`. */
  readonly online: string | undefined
  readonly zones: string | undefined
  /** Undefined where it is left out. */
  readonly removable: string | undefined
  /** Undefined where all blocks have the same. */
  readonly physDevice: string | undefined
  /** The text of the link to the firmware's device. */
  readonly device: string | undefined
}

export const STATE_MEANING = 'The state of the block is what `online` reads, or unknown.'
export const ZONES_MEANING = 'The zone of the block is unknown.'
const ONLINE_MEANING = 'It is not compared with `state`.'
const DIRECTORY_MEANING = 'The files of the block are unknown.'
const REMOVABLE_MEANING = 'What the kernel says of removing the block is unknown.'
const INCREMENT_MEANING = 'The storage increment is unknown.'

/** What a file of a block reads; undefined where its directory does not list it. */
function textOf(
  source: Source,
  { path, names, texts }: BlockDirectory,
  { name, meaning }: { readonly name: string; readonly meaning: string },
): Awaitable<string | undefined> {
  const index = names.indexOf(name)
  return index < 0 ? undefined : (texts[index] ?? source.optionalText(`${path}/${name}`, meaning))
}

/** What `online` of a block reads. */
export const onlineText = (
  source: Source,
  directory: BlockDirectory,
): Awaitable<string | undefined> =>
  textOf(source, directory, { name: 'online', meaning: ONLINE_MEANING })

/** What `phys_device` of a block reads. */
export const physDeviceText = (source: Source, directory: string): Awaitable<string | undefined> =>
  source.optionalText(`${directory}/phys_device`, INCREMENT_MEANING)

/**
 * Lists the directory of a block and reads its files.
 * @param wanted whether a file of this name is read
 * @returns undefined where it is gone
 */
export function readBlockFiles(
  source: Source,
  id: number,
  wanted: (name: string) => boolean,
): Awaitable<BlockFiles | undefined> {
  const path = blockDirectory(id)
  const contents = source.contents(path, { meaning: DIRECTORY_MEANING, wanted })
  return andThen(contents, (contents) =>
    contents === undefined
      ? undefined
      : readFiles(source, { id, path, isListed: contents !== UNLISTED, ...contents }, wanted),
  )
}

function readFiles(
  source: Source,
  directory: BlockDirectory,
  wanted: (name: string) => boolean,
): Awaitable<BlockFiles> {
  const { id, path, isListed, names, texts } = directory
  const textIfWanted = (name: string, meaning: string): Awaitable<string | undefined> =>
    wanted(name) ? textOf(source, directory, { name, meaning }) : undefined
  const read = allOf([
    textIfWanted('state', STATE_MEANING),
    textIfWanted('valid_zones', ZONES_MEANING),
    textIfWanted('removable', REMOVABLE_MEANING),
    textIfWanted('online', ONLINE_MEANING),
    textIfWanted('phys_device', INCREMENT_MEANING),
    names.includes('firmware_node') ? source.link(`${path}/firmware_node`) : undefined,
  ])
  return andThen(read, ([state, zones, removable, online, physDevice, device]) => ({
    id,
    path,
    isListed,
    names,
    texts,
    state,
    zones,
    removable,
    online,
    physDevice,
    device,
  }))
}
