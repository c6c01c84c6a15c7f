import { type FileTree, isHotplugError } from '@memhp/core'
import type { DialectSource } from '@memhp/core/plugin'
import { TextFault } from '@memhp/kernel-files'
import type { TopologyNote } from './topology'

/** What reading a file, a directory or a link came to. */
type Answer<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly errno: string }

/** Errnos that mean: there is nothing of this name. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO'])

async function answer<T>(ask: () => T | Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: 'value', value: await ask() }
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return ABSENT.has(error.errno) ? { kind: 'absent' } : { kind: 'unreadable', errno: error.errno }
  }
}

interface OpenNote extends TopologyNote {
  count: number
}

/** A file tree, and notes on what it does not tell. */
export interface Source extends DialectSource {
  /** Like `names`, for a directory whose absence says nothing or is told otherwise. */
  optionalNames(path: string, meaning: string): Promise<readonly string[] | undefined>
  notes(): readonly TopologyNote[]
}

/** Opens a tree for reading with notes. Nothing is read yet. */
export function openSource(tree: FileTree): Source {
  const notes = new Map<string, OpenNote>()
  const note: Source['note'] = (kind, { path, message }) => {
    // Of gaps of one kind the first place is enough; a contradiction is looked for at its place.
    const key = kind === 'contradiction' ? `${path} ${message}` : `${kind} ${message}`
    const known = notes.get(key)
    if (known === undefined) notes.set(key, { kind, path, message, count: 1 })
    else known.count += 1
  }
  const valueOrNote = <T>(
    got: Answer<T>,
    place: { path: string; message: string },
  ): T | undefined => {
    if (got.kind === 'value') return got.value
    const message =
      got.kind === 'absent' ? place.message : `${place.message} (${got.errno} when it was read)`
    note(got.kind, { ...place, message })
    return undefined
  }
  return {
    text: async (path, message) =>
      valueOrNote(await answer(() => tree.read(path)), { path, message }),
    optionalText: async (path, message) => {
      const got = await answer(() => tree.read(path))
      return got.kind === 'absent' ? undefined : valueOrNote(got, { path, message })
    },
    names: async (path, message) =>
      valueOrNote(await answer(() => tree.list(path)), { path, message }),
    optionalNames: async (path, message) => {
      const got = await answer(() => tree.list(path))
      return got.kind === 'absent' ? undefined : valueOrNote(got, { path, message })
    },
    link: async (path) => {
      const got = await answer(() => tree.readlink(path))
      return got.kind === 'value' ? got.value : undefined
    },
    exists: async (path) => {
      const got = await answer(() => tree.lookup(path))
      return got.kind === 'value' && got.value !== undefined
    },
    parsed: ({ path, meaning }, parse) => {
      try {
        return parse()
      } catch (error) {
        if (!(error instanceof TextFault)) throw error
        note('malformed', { path, message: `Line ${error.line}: ${error.message}. ${meaning}` })
        return undefined
      }
    },
    note,
    each: mapBounded,
    notes: () => [...notes.values()],
  }
}

/** How many files are asked for at a time. A live host answers through a pool of few threads. */
const CONCURRENT_READS = 32

/** Maps in order, at most `CONCURRENT_READS` at a time. */
export async function mapBounded<T, R>(
  items: readonly T[],
  transform: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await transform(items[index] as T)
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_READS, items.length) }, worker))
  return results
}
