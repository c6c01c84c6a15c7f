import type { Awaitable } from '@memhp/core'
import { andThen } from '@memhp/core/plugin'
import { blockDirectory } from '@memhp/kernel-files'
import { allOf, type Source } from './source'

/** A block's directory, listed once: only what it holds is asked for. */
export interface BlockDirectory {
  readonly id: number
  readonly path: string
  readonly names: readonly string[]
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

/** Which files are read besides `state` and `valid_zones`. */
export interface WantedFiles {
  readonly removable: boolean
  readonly online: boolean
  readonly physDevice: boolean
}

export const STATE_MEANING = 'The state of the block is what `online` reads, or unknown.'
export const ZONES_MEANING = 'The zone of the block is unknown.'
const ONLINE_MEANING = 'It is not compared with `state`.'
const REMOVABLE_MEANING = 'What the kernel says of removing the block is unknown.'
const INCREMENT_MEANING = 'The storage increment is unknown.'

/** What a file of a block reads; undefined where its directory does not list it. */
function textOf(
  source: Source,
  { path, names }: BlockDirectory,
  { name, meaning }: { readonly name: string; readonly meaning: string },
): Awaitable<string | undefined> {
  return names.includes(name) ? source.optionalText(`${path}/${name}`, meaning) : undefined
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

/** Lists the directory of a block and reads its files right after, while the way to them is known. @returns undefined where it is gone */
export function readBlockFiles(
  source: Source,
  id: number,
  wanted: WantedFiles,
): Awaitable<BlockFiles | undefined> {
  const path = blockDirectory(id)
  const names = source.optionalNames(path, 'The files of the block are unknown.')
  return andThen(names, (names) =>
    names === undefined ? undefined : readFiles(source, { id, path, names }, wanted),
  )
}

function readFiles(
  source: Source,
  directory: BlockDirectory,
  wanted: WantedFiles,
): Awaitable<BlockFiles> {
  const { id, path, names } = directory
  const texts = allOf([
    textOf(source, directory, { name: 'state', meaning: STATE_MEANING }),
    textOf(source, directory, { name: 'valid_zones', meaning: ZONES_MEANING }),
    wanted.removable
      ? textOf(source, directory, { name: 'removable', meaning: REMOVABLE_MEANING })
      : undefined,
    wanted.online ? onlineText(source, directory) : undefined,
    wanted.physDevice ? physDeviceText(source, path) : undefined,
    names.includes('firmware_node') ? source.link(`${path}/firmware_node`) : undefined,
  ])
  return andThen(texts, ([state, zones, removable, online, physDevice, device]) => ({
    id,
    path,
    names,
    state,
    zones,
    removable,
    online,
    physDevice,
    device,
  }))
}
