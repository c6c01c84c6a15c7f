import type { Basis } from './topology'

export const UNKNOWN: Basis = { kind: 'unknown' }

/** A fact that a file, a directory or a link states. */
export const known = (path: string): Basis => ({ kind: 'known', path })

/** A fact that follows from others. */
export const derived = (why: string): Basis => ({ kind: 'derived', why })

/** What a fact rests on that one file states: unknown where it has no value. */
export const stated = (value: unknown, path: string): Basis =>
  value === null || value === undefined ? UNKNOWN : known(path)
