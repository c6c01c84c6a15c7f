import {
  type Awaitable,
  type DirectoryContents,
  type FileTree,
  type HotplugError,
  isHotplugError,
} from '@memhp/core'
import { andThen, type DialectSource } from '@memhp/core/plugin'
import { TextFault } from '@memhp/kernel-files'
import type { TopologyNote } from './topology'

/** What reading a file, a directory or a link came to. */
type Answer<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly errno: string }

/** Errnos that mean: there is nothing of this name. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO'])

/** Whether a refusal says that there is nothing of this name. */
export const isAbsence = ({ errno }: HotplugError): boolean => ABSENT.has(errno)

/** Asks a tree. What answers at once is answered at once: of a large host that is every file. */
function answer<T>(ask: () => Awaitable<T>): Awaitable<Answer<T>> {
  try {
    const value = ask()
    return value instanceof Promise
      ? value.then((value) => ({ kind: 'value', value }), refusedAnswer)
      : { kind: 'value', value }
  } catch (error) {
    return refusedAnswer(error)
  }
}

function refusedAnswer(error: unknown): Exclude<Answer<never>, { readonly kind: 'value' }> {
  if (!isHotplugError(error)) throw error
  return isAbsence(error) ? { kind: 'absent' } : { kind: 'unreadable', errno: error.errno }
}

/** Several values as one: at once where all are there. */
export const allOf = <T>(values: readonly Awaitable<T>[]): Awaitable<readonly T[]> =>
  values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as readonly T[])

/** Where something is not told, and what follows from that. */
interface Place {
  readonly path: string
  readonly message: string
}

interface OpenNote extends TopologyNote {
  count: number
}

/** Names in a directory, and texts of files in it that came with them, in the same order. */
export type Contents = Pick<DirectoryContents, 'names' | 'texts'>

/** Of a directory that is there and cannot be listed. */
export const UNLISTED: Contents = { names: [], texts: [] }

/** A file tree, and notes on what it does not tell. */
export interface Source extends DialectSource {
  /** Like `names`, for a directory whose absence says nothing or is told otherwise. */
  optionalNames(path: string, meaning: string): Awaitable<readonly string[] | undefined>
  /** Like `optionalNames`, with texts of wanted files where the tree gives them with the names; `UNLISTED` where it cannot be listed. */
  contents(
    path: string,
    asked: { readonly meaning: string; readonly wanted: (name: string) => boolean },
  ): Awaitable<Contents | undefined>
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
  const valueOrNote = <T>(got: Answer<T>, place: Place): T | undefined => {
    if (got.kind === 'value') return got.value
    const message =
      got.kind === 'absent' ? place.message : `${place.message} (${got.errno} when it was read)`
    note(got.kind, { ...place, message })
    return undefined
  }
  /** An absent one is not noted. */
  const valueIfThere = <T>(got: Answer<T>, place: Place): T | undefined =>
    got.kind === 'absent' ? undefined : valueOrNote(got, place)
  const read = (path: string) => answer(() => tree.read(path))
  const list = (path: string) => answer(() => tree.list(path))
  const contentsOf = (path: string, wanted: (name: string) => boolean): Awaitable<Contents> =>
    tree.contents?.(path, { wanted, modes: false }) ??
    andThen(tree.list(path), (names) => ({ names, texts: [] }))
  return {
    text: (path, message) => andThen(read(path), (got) => valueOrNote(got, { path, message })),
    optionalText: (path, message) =>
      andThen(read(path), (got) => valueIfThere(got, { path, message })),
    names: (path, message) => andThen(list(path), (got) => valueOrNote(got, { path, message })),
    optionalNames: (path, message) =>
      andThen(list(path), (got) => valueIfThere(got, { path, message })),
    contents: (path, { meaning, wanted }) =>
      andThen(
        answer(() => contentsOf(path, wanted)),
        (got) =>
          valueIfThere(got, { path, message: meaning }) ??
          (got.kind === 'unreadable' ? UNLISTED : undefined),
      ),
    link: (path) =>
      andThen(
        answer(() => tree.readlink(path)),
        (got) => (got.kind === 'value' ? got.value : undefined),
      ),
    exists: (path) =>
      andThen(
        answer(() => tree.lookup(path)),
        (got) => got.kind === 'value' && got.value !== undefined,
      ),
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
  transform: (item: T) => Awaitable<R>,
): Promise<R[]> {
  const results: R[] = []
  let first = 0
  const worker = async (): Promise<void> => {
    for (let index = first++; index < items.length; index = first++) {
      const result = transform(items[index] as T)
      results[index] = result instanceof Promise ? await result : result
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_READS, items.length) }, worker))
  return results
}
