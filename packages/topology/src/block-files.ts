import { type Awaitable, type NodeId, nodeId } from '@memhp/core'
import { andThen } from '@memhp/core/plugin'
import { blockDirectory } from '@memhp/kernel-files'
import { idsIn } from './nodes'
import { type Source, UNLISTED } from './source'

/** The files of a block that may be read, and what is not known without them. */
const MEANINGS = {
  state: 'The state of the block is what `online` reads, or unknown.',
  valid_zones: 'The zone of the block is unknown.',
  removable: 'What the kernel says of removing the block is unknown.',
  online: 'It is not compared with `state`.',
} as const

/** The name of a file of a block. */
export type BlockFile = keyof typeof MEANINGS

/** What a block's directory holds: most blocks have the same. */
interface Layout {
  readonly names: readonly string[]
  /** Where each file is among the names; below 0 where the directory does not hold it. */
  readonly at: Readonly<Record<BlockFile, number>>
  /** Where the files that are read of every block are among the names. */
  readonly read: readonly number[]
  /** Whether a link to the firmware's device is there. */
  readonly hasDevice: boolean
  /** The nodes that it links to, ascending. */
  readonly nodes: readonly NodeId[]
}

/** A block's directory, listed once: only what it holds is asked for. */
export interface BlockFiles {
  readonly id: number
  readonly path: string
  /** Whether its names are known. */
  readonly isListed: boolean
  readonly layout: Layout
  /** What its files read, in the order of the names; undefined for one that is not read or cannot be. */
  readonly texts: readonly (string | undefined)[]
  /** The text of the link to the firmware's device. */
  readonly device: string | undefined
}

const layoutOf = (names: readonly string[], isRead: (name: string) => boolean): Layout => ({
  names,
  at: {
    state: names.indexOf('state'),
    valid_zones: names.indexOf('valid_zones'),
    removable: names.indexOf('removable'),
    online: names.indexOf('online'),
  },
  read: names.flatMap((name, at) => (isRead(name) ? [at] : [])),
  hasDevice: names.includes('firmware_node'),
  nodes: idsIn(names, 'node').map(nodeId),
})

/** Whether the directory of a block lists a file. */
export const hasFile = ({ layout }: BlockFiles, name: BlockFile): boolean => layout.at[name] >= 0

/** What a file of a block reads; undefined for one that is not read of every block. */
export function textOf({ layout, texts }: BlockFiles, name: BlockFile): string | undefined {
  const at = layout.at[name]
  return at < 0 ? undefined : texts[at]
}

/** What a file of one block reads. @param block the path of its directory */
export const readBlockFile = (
  source: Source,
  block: string,
  name: BlockFile,
): Awaitable<string | undefined> => source.optionalText(`${block}/${name}`, MEANINGS[name])

/** Notes that a file of a block is not there or makes no sense. */
export const noteFile = (
  source: Source,
  { path }: BlockFiles,
  { name, kind }: { readonly name: BlockFile; readonly kind: 'absent' | 'malformed' },
): void => source.note(kind, { path: `${path}/${name}`, message: MEANINGS[name] })

/** Lists the directory of a block and reads its files; undefined where it is gone. */
export type ReadBlockFiles = (id: number) => Awaitable<BlockFiles | undefined>

/** @param wanted files that are read of every block */
export function blockFilesReader(source: Source, wanted: ReadonlySet<BlockFile>): ReadBlockFiles {
  const isRead = (name: string): boolean => wanted.has(name as BlockFile)
  const asked = { meaning: 'The files of the block are unknown.', wanted: isRead }
  // A tree may give blocks that hold the same the same names.
  let layout = layoutOf([], isRead)
  return (id) => {
    const path = blockDirectory(id)
    return andThen(source.contents(path, asked), (contents) => {
      if (contents === undefined) return undefined
      const { names, texts } = contents
      if (names !== layout.names) layout = layoutOf(names, isRead)
      const isListed = contents !== UNLISTED
      return withTheRest(source, { id, path, isListed, layout, texts, device: undefined })
    })
  }
}

/** The files with the texts that did not come with the names, and with the text of the link. */
function withTheRest(source: Source, files: BlockFiles): Awaitable<BlockFiles> {
  const { layout, texts } = files
  for (const at of layout.read) if (texts[at] === undefined) return readTheRest(source, files)
  return layout.hasDevice ? readTheRest(source, files) : files
}

async function readTheRest(source: Source, files: BlockFiles): Promise<BlockFiles> {
  const { path, layout } = files
  const texts = [...files.texts]
  const device = layout.hasDevice ? source.link(`${path}/firmware_node`) : undefined
  await Promise.all(
    layout.read.map(async (at) => {
      texts[at] ??= await readBlockFile(source, path, layout.names[at] as BlockFile)
    }),
  )
  return { ...files, texts, device: await device }
}
