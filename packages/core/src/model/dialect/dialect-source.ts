import type { Awaitable } from '../file-tree'

/** What a reader notes of a tree that does not tell all, or that tells two things that cannot both be true. @beta */
export type NoteKind =
  | 'absent'
  | 'unreadable'
  | 'masked'
  | 'malformed'
  | 'assumed'
  | 'contradiction'

/** A file tree, and notes on what it does not tell: what a dialect reads devices from. @beta */
export interface DialectSource {
  /** The file's text; undefined, and a note with `meaning`, where it cannot be had. */
  text(path: string, meaning: string): Awaitable<string | undefined>
  /** Like `text`, for a file whose absence says nothing. A file that exists and cannot be read is still noted. */
  optionalText(path: string, meaning: string): Awaitable<string | undefined>
  /** A directory's names; undefined, and a note with `meaning`, where it cannot be listed. */
  names(path: string, meaning: string): Awaitable<readonly string[] | undefined>
  /** A link's text; undefined where there is no such link. */
  link(path: string): Awaitable<string | undefined>
  exists(path: string): Awaitable<boolean>
  /** What a parser makes of a text; undefined, and a note with the line that is wrong, where the text is damaged. */
  parsed<T>(
    place: { readonly path: string; readonly meaning: string },
    parse: () => T,
  ): T | undefined
  /** Notes with one meaning are counted, not repeated. */
  note(kind: NoteKind, place: { readonly path: string; readonly message: string }): void
  /** Asks for each item, a few at a time. @returns the answers in the order of the items */
  each<T, R>(items: readonly T[], ask: (item: T) => Awaitable<R>): Promise<R[]>
}
