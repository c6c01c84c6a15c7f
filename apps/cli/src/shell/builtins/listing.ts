import type { LocalTree, TreeEntry } from '@memhp/core'
import { compareNames } from '../glob'
import { baseName, entryAt, namesIn } from '../paths'

/** How entries are shown. */
export interface ListingStyle {
  readonly isLong: boolean
  /** Width to fill with several names a line; undefined: one a line. */
  readonly columns: number | undefined
}

const KIND_LETTERS = { file: '-', directory: 'd', link: 'l' } as const

/** Permissions as ls -l shows them: `-rw-r--r--`. */
function modeText({ kind, mode }: TreeEntry): string {
  const bits = [6, 3, 0].map((shift) => {
    const bit = (mask: number, letter: string): string => ((mode >> shift) & mask ? letter : '-')
    return bit(4, 'r') + bit(2, 'w') + bit(1, 'x')
  })
  return KIND_LETTERS[kind] + bits.join('')
}

/** Everything in sysfs has the size of a page, but directories and links. */
const SIZES = { file: 4096, directory: 0, link: 0 } as const

/** One entry as a line. */
export function listEntry(
  tree: LocalTree,
  path: string,
  style: ListingStyle & { readonly name: string },
): string {
  const entry = entryAt(tree, path)
  if (!style.isLong || entry === undefined) return `${style.name}\n`
  const arrow = entry.kind === 'link' ? ` -> ${tree.readlink(path)}` : ''
  const size = `${SIZES[entry.kind]}`.padStart(5)
  return `${modeText(entry)} root root ${size} ${style.name}${arrow}\n`
}

/** A directory: one line for each name, or names in columns. */
export function listDirectory(tree: LocalTree, path: string, style: ListingStyle): string {
  const names = [...namesIn(tree, path)].sort(compareNames)
  if (!style.isLong && style.columns !== undefined) return inColumns(names, style.columns)
  return names
    .map((name) => listEntry(tree, `${path}/${name}`, { ...style, name: baseName(name) }))
    .join('')
}

const GAP = 2

/** Names in columns that fill a width, downwards first, as ls does on a terminal. */
export function inColumns(names: readonly string[], width: number): string {
  if (names.length === 0) return ''
  const cell = names.reduce((longest, name) => Math.max(longest, name.length), 0) + GAP
  const perLine = Math.max(1, Math.floor((width + GAP) / cell))
  const lineCount = Math.ceil(names.length / perLine)
  const lines = Array.from({ length: lineCount }, () => '')
  names.forEach((name, index) => {
    lines[index % lineCount] += name.padEnd(cell)
  })
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}
