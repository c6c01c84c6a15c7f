import { type Awaitable, type FileTree, isHotplugError } from '@memhp/core'
import {
  MEMORY_DIRECTORY,
  parameterFile,
  STORAGE_DIRECTORY,
  storageFile,
} from '@memhp/kernel-files'
import { readBlockBytes } from '@memhp/topology'
import { ifThere } from '../source/if-there'
import type { BlockFact } from './column'
import type { LsmemVersion } from './version'

/** A tree, and what that of a host does faster or tells besides. */
export interface ListedTree extends FileTree {
  readonly texts?: (
    directory: string,
    names: readonly string[],
  ) => Awaitable<readonly (string | undefined)[]>
  readonly unsorted?: (path: string) => Awaitable<readonly string[]>
}

/** A block as lsmem reads it. */
export interface LsmemBlock {
  readonly id: number
  readonly state: 'online' | 'offline' | 'going-offline' | 'unknown'
  readonly removable: boolean
  /** -1 for none; 0 where nodes are not looked for. */
  readonly node: number
  /** As lsmem spells them. */
  readonly zones: readonly string[]
  readonly isConfigured: boolean
  readonly memmapOnMemory: boolean
}

/** What a listing is made of. */
export interface LsmemReading {
  readonly blockBytes: number
  /** Ascending. */
  readonly blocks: readonly LsmemBlock[]
  readonly hasNodes: boolean
  readonly hasZones: boolean
  readonly hasStorage: boolean
  /** What memmap_on_memory reads; undefined where it is not there, or was not asked for. */
  readonly memmapOnMemory: string | undefined
}

/** What is read, and by which release's rules. */
export interface ReadingWish {
  readonly version: LsmemVersion
  readonly facts: ReadonlySet<BlockFact>
  /** Whether memmap_on_memory is read. */
  readonly summary: boolean
}

/** A name with its number: `memory12`. */
interface Numbered {
  readonly name: string
  readonly id: number
}

/** Names that are a word with a number, in their order. */
function numbered(names: readonly string[], word: string): readonly Numbered[] {
  const found: Numbered[] = []
  for (const name of names) {
    if (!name.startsWith(word)) continue
    const digits = name.slice(word.length)
    if (/^\d+$/.test(digits)) found.push({ name, id: Number(digits) })
  }
  return found
}

const blocksNamed = (names: readonly string[]): readonly Numbered[] =>
  numbered(names, 'memory').toSorted((a, b) => a.id - b.id || (a.name < b.name ? -1 : 1))

/** The texts of files of one directory after the other; undefined for one that cannot be read. */
type ReadTexts = (
  directory: string,
  names: readonly string[],
) => Awaitable<readonly (string | undefined)[]>

const textsReader =
  (tree: ListedTree): ReadTexts =>
  (directory, names) => {
    const each = (name: string): Promise<string | undefined> =>
      ifThere(() => tree.read(`${directory}/${name}`))
    const answer = textsAtOnce(tree, directory, names)
    if (answer === undefined) return Promise.all(names.map(each))
    if (!(answer instanceof Promise) && !answer.includes(undefined)) return answer
    return Promise.all(
      names.map(async (name, at) => (await answer)[at] ?? linkedText(tree, `${directory}/${name}`)),
    )
  }

/** What a tree that has texts at once has of a directory: none of one that is not there, or has gone. Undefined without such a tree. */
function textsAtOnce(
  { texts }: ListedTree,
  directory: string,
  names: readonly string[],
): ReturnType<ReadTexts> | undefined {
  const none = (error: unknown): readonly undefined[] => {
    if (!isHotplugError(error)) throw error
    return names.map(() => undefined)
  }
  try {
    const answer = texts?.(directory, names)
    return answer instanceof Promise ? answer.catch(none) : answer
  } catch (error) {
    return none(error)
  }
}

/** The text of a file that a link has the place of, as copies may have it. */
async function linkedText(tree: ListedTree, path: string): Promise<string | undefined> {
  const entry = await ifThere(() => tree.lookup(path))
  return entry?.kind === 'link' ? ifThere(() => tree.read(path)) : undefined
}

const withoutLineEnd = (text: string): string => (text.endsWith('\n') ? text.slice(0, -1) : text)

/** Whether a text begins with the number 1, as scanf(3) reads it. */
const isOne = (text = ''): boolean => text === '1\n' || Number(/^\s*[+-]?\d+/.exec(text)?.[0]) === 1

const STATES: ReadonlyMap<string, LsmemBlock['state']> = new Map(
  (['online', 'offline', 'going-offline'] as const).flatMap((state) => [
    [state, state],
    [`${state}\n`, state],
  ]),
)

const stateOf = (text = ''): LsmemBlock['state'] => STATES.get(text) ?? 'unknown'

/** Zones by their names in lower case, as lsmem spells them. Source: lsmem 2.38.1 */
const ZONES: ReadonlyMap<string, string> = new Map(
  ['DMA', 'DMA32', 'Normal', 'Highmem', 'Movable', 'Device', 'None'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
)

/** A zone that lsmem does not know. Two blocks with one are never joined. */
export const UNKNOWN_ZONE = 'Unknown'

/** Most zones of a block that lsmem keeps. */
const MOST_ZONES = 8

/** Reads `valid_zones`, of which a machine has few different ones: each is one list, however many blocks have it. */
function zonesReader(): (text: string | undefined) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  return (text = '') => {
    const zones =
      known.get(text) ??
      withoutLineEnd(text)
        .split(' ')
        .filter((word) => word !== '')
        .slice(0, MOST_ZONES)
        .map((word) => ZONES.get(word.toLowerCase()) ?? UNKNOWN_ZONE)
    known.set(text, zones)
    return zones
  }
}

/** The number of the first node that a block's directory links to; -1 for none. */
async function nodeOf(tree: ListedTree, path: string): Promise<number> {
  const [first, second] = numbered((await ifThere(() => tree.list(path))) ?? [], 'node')
  if (first === undefined) return -1
  if (second === undefined) return first.id
  // Of several lsmem takes the one that the directory has first.
  const names = await ifThere(async () => tree.unsorted?.(path))
  return numbered(names ?? [], 'node')[0]?.id ?? first.id
}

const pathOf = (name: string): string => `${MEMORY_DIRECTORY}/${name}`

/** Whether the block that a release looks at, or any, has what is asked for. */
async function probe(
  blocks: readonly Numbered[],
  { probes }: LsmemVersion,
  has: (block: Numbered) => Promise<boolean>,
): Promise<boolean> {
  for (const block of probes === 'first' ? blocks.slice(0, 1) : blocks)
    if (await has(block)) return true
  return false
}

/** Files of a block that are read, for facts about it. */
const FILES = { state: 'state', removable: 'removable', zones: 'valid_zones' } as const

/** What a block of which nothing can be known is: lsmem takes node 0 for one whose storage is not configured. */
const UNCONFIGURED = {
  state: 'offline',
  removable: false,
  node: 0,
  zones: [],
  isConfigured: false,
} as const

/**
 * Reads what lsmem reads of a tree, and of it only what is asked for.
 * @throws HotplugError NO_SUCH_FILE where the tree has no memory blocks, BAD_NUMBER, NOT_READABLE
 */
export async function readBlocks(tree: ListedTree, wish: ReadingWish): Promise<LsmemReading> {
  const { version, facts } = wish
  const blockBytes = await readBlockBytes(tree)
  const present = blocksNamed(await tree.list(MEMORY_DIRECTORY))
  const hasStorage =
    version.hasStorage &&
    (await ifThere(() => tree.lookup(`${STORAGE_DIRECTORY}/memory0`))) !== undefined
  const hasNodes =
    facts.has('node') &&
    (await probe(present, version, async ({ name }) => (await nodeOf(tree, pathOf(name))) !== -1))
  // The older release asks memory0, whichever is the first.
  const zoned = version.probes === 'first' ? [{ name: 'memory0', id: 0 }] : present
  const hasZones =
    facts.has('zones') &&
    (await probe(
      zoned,
      version,
      async ({ name }) =>
        (await ifThere(() => tree.lookup(`${pathOf(name)}/valid_zones`))) !== undefined,
    ))
  const named = hasStorage ? blocksNamed(await tree.list(STORAGE_DIRECTORY)) : present
  return {
    blockBytes,
    blocks: await readEach(tree, named, { facts, hasStorage, hasNodes, hasZones }),
    hasNodes,
    hasZones,
    hasStorage,
    memmapOnMemory:
      wish.summary && version.hasMemmapLine
        ? await ifThere(() => tree.read(parameterFile('memmap_on_memory')))
        : undefined,
  }
}

interface Each {
  readonly facts: ReadonlySet<BlockFact>
  readonly hasStorage: boolean
  readonly hasNodes: boolean
  readonly hasZones: boolean
}

async function readEach(
  tree: ListedTree,
  named: readonly Numbered[],
  { facts, hasStorage, hasNodes, hasZones }: Each,
): Promise<readonly LsmemBlock[]> {
  const texts = textsReader(tree)
  const zonesOf = zonesReader()
  const wanted = (['state', 'removable', 'zones'] as const).filter(
    (fact) => facts.has(fact) && (fact !== 'zones' || hasZones),
  )
  const files = wanted.map((fact) => FILES[fact])
  const at = {
    state: wanted.indexOf('state'),
    removable: wanted.indexOf('removable'),
    zones: wanted.indexOf('zones'),
  }
  const blocks: LsmemBlock[] = []
  for (const { name, id } of named) {
    const storage = hasStorage ? await storageOf(tree, id) : undefined
    if (storage?.isConfigured === false) {
      blocks.push({ id, ...storage, ...UNCONFIGURED })
      continue
    }
    const answer = files.length === 0 ? [] : texts(pathOf(name), files)
    // Of a large host every answer is there at once.
    const read = answer instanceof Promise ? await answer : answer
    const state = stateOf(read[at.state])
    blocks.push({
      id,
      state: state === 'unknown' && storage !== undefined ? 'offline' : state,
      removable: isOne(read[at.removable]),
      node: hasNodes ? await nodeOf(tree, pathOf(name)) : 0,
      zones: zonesOf(read[at.zones]),
      isConfigured: storage?.isConfigured ?? false,
      memmapOnMemory: storage?.memmapOnMemory ?? false,
    })
  }
  return blocks
}

async function storageOf(
  tree: ListedTree,
  id: number,
): Promise<Pick<LsmemBlock, 'isConfigured' | 'memmapOnMemory'>> {
  const read = async (name: string): Promise<boolean> =>
    isOne(await ifThere(() => tree.read(storageFile(id, name))))
  return { isConfigured: await read('config'), memmapOnMemory: await read('memmap_on_memory') }
}
