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

/** Why a file, a directory or a link was not read. */
type Refusal = { readonly kind: 'absent' } | { readonly kind: 'unreadable'; readonly errno: string }

/** Errnos that mean: there is nothing of this name. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO'])

/** Whether a refusal says that there is nothing of this name. */
export const isAbsence = ({ errno }: HotplugError): boolean => ABSENT.has(errno)

/**
 * Asks a tree. What answers at once is answered at once: of a large host that is every file.
 * @param instead what a refusal comes to
 */
function ask<T, R>(
  question: () => Awaitable<T>,
  instead: (refusal: Refusal) => R,
): Awaitable<T | R> {
  try {
    const answer = question()
    return answer instanceof Promise
      ? answer.catch((error: unknown) => instead(refusalOf(error)))
      : answer
  } catch (error) {
    return instead(refusalOf(error))
  }
}

function refusalOf(error: unknown): Refusal {
  if (!isHotplugError(error)) throw error
  return isAbsence(error) ? { kind: 'absent' } : { kind: 'unreadable', errno: error.errno }
}

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
  const noteRefusal = (refusal: Refusal, { path, message }: Place): undefined => {
    const why = refusal.kind === 'absent' ? '' : ` (${refusal.errno} when it was read)`
    note(refusal.kind, { path, message: `${message}${why}` })
  }
  const noteUnlessAbsent = (refusal: Refusal, place: Place): undefined =>
    refusal.kind === 'absent' ? undefined : noteRefusal(refusal, place)
  const noted = <T>(question: () => Awaitable<T>, place: Place) =>
    ask(question, (refusal) => noteRefusal(refusal, place))
  const notedIfThere = <T>(question: () => Awaitable<T>, place: Place) =>
    ask(question, (refusal) => noteUnlessAbsent(refusal, place))
  const contentsOf = (path: string, wanted: (name: string) => boolean): Awaitable<Contents> =>
    tree.contents?.(path, { wanted, modes: false }) ??
    andThen(tree.list(path), (names) => ({ names, texts: [] }))
  return {
    text: (path, message) => noted(() => tree.read(path), { path, message }),
    optionalText: (path, message) => notedIfThere(() => tree.read(path), { path, message }),
    names: (path, message) => noted(() => tree.list(path), { path, message }),
    optionalNames: (path, message) => notedIfThere(() => tree.list(path), { path, message }),
    contents: (path, { meaning: message, wanted }) =>
      ask(
        () => contentsOf(path, wanted),
        (refusal) => {
          noteUnlessAbsent(refusal, { path, message })
          return refusal.kind === 'absent' ? undefined : UNLISTED
        },
      ),
    link: (path) =>
      ask(
        () => tree.readlink(path),
        () => undefined,
      ),
    exists: (path) =>
      ask(
        () => andThen(tree.lookup(path), (entry) => entry !== undefined),
        () => false,
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
