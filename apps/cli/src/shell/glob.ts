import type { LocalTree } from '@memhp/core'
import { entryAt, namesIn } from './paths'
import { ShellLimitError } from './syntax'

/** A character of a pattern: one that must be there, or one that stands for others. */
type Token =
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'some' }
  | {
      readonly kind: 'set'
      readonly negated: boolean
      readonly ranges: readonly (readonly [string, string])[]
    }

/** A piece of a word after expansion. Quoted text stands for itself. */
export interface PatternPart {
  readonly text: string
  readonly quoted: boolean
}

const SPECIAL = /[*?[]/

/** Characters. A pattern takes a hundred times its length; no path is a tenth as long. */
const LONGEST_PATTERN = 100_000

/** True if a word has a character that stands for others. One that is too long stands for itself. */
export const isPattern = (parts: readonly PatternPart[]): boolean =>
  parts.some(({ text, quoted }) => !quoted && SPECIAL.test(text)) &&
  parts.reduce((length, { text }) => length + text.length, 0) <= LONGEST_PATTERN

/** Splits a pattern into tokens, with one list for each part between slashes. */
function tokenise(parts: readonly PatternPart[]): Token[][] {
  const components: Token[][] = [[]]
  const push = (token: Token): void => void components.at(-1)?.push(token)
  for (const { text, quoted } of parts) {
    for (let i = 0; i < text.length; i++) {
      const character = text.charAt(i)
      const set = !quoted && character === '[' ? readSet(text, i) : undefined
      if (character === '/') components.push([])
      else if (!quoted && character === '*') push({ kind: 'some' })
      else if (!quoted && character === '?') push({ kind: 'any' })
      else if (set === undefined) push({ kind: 'character', character })
      else push(set.token)
      if (set !== undefined) i = set.end
    }
  }
  return components
}

/** Reads `[a-z]`, `[!abc]`. @returns undefined where it is not closed: the bracket stands for itself then */
function readSet(
  text: string,
  start: number,
): { readonly token: Token; readonly end: number } | undefined {
  const negated = text[start + 1] === '!' || text[start + 1] === '^'
  const first = start + (negated ? 2 : 1)
  const end = text.indexOf(']', first + 1)
  if (end === -1 || text.slice(first, end).includes('/')) return undefined
  const ranges: (readonly [string, string])[] = []
  for (let i = first; i < end; i++) {
    const low = text.charAt(i)
    const isRange = text[i + 1] === '-' && i + 2 < end
    ranges.push([low, isRange ? text.charAt(i + 2) : low])
    if (isRange) i += 2
  }
  return { token: { kind: 'set', negated, ranges }, end }
}

function matchesOne(token: Token | undefined, character: string): boolean {
  switch (token?.kind) {
    case 'character':
      return token.character === character
    case 'any':
      return true
    case 'set':
      return (
        token.ranges.some(([low, high]) => low <= character && character <= high) !== token.negated
      )
    default:
      return false
  }
}

/** Matches in time linear in pattern times name: goes back to the last `*` only. */
function matchesName(tokens: readonly Token[], name: string): boolean {
  let at = 0
  let place = 0
  let star = -1
  let starPlace = 0
  while (place < name.length) {
    if (tokens[at]?.kind === 'some') {
      star = at++
      starPlace = place
    } else if (matchesOne(tokens[at], name.charAt(place))) {
      at += 1
      place += 1
    } else if (star !== -1) {
      at = star + 1
      starPlace += 1
      place = starPlace
    } else {
      return false
    }
  }
  while (tokens[at]?.kind === 'some') at += 1
  return at === tokens.length
}

/** True if a name matches a pattern: `memory3*`. No name matches one that is too long. */
export function matchesPattern(pattern: string, name: string): boolean {
  if (pattern.length > LONGEST_PATTERN) return false
  const [tokens = [], ...others] = tokenise([{ text: pattern, quoted: false }])
  return others.length === 0 && matchesName(tokens, name)
}

const isLiteral = (tokens: readonly Token[]): boolean =>
  tokens.every(({ kind }) => kind === 'character')

const literalText = (tokens: readonly Token[]): string =>
  tokens.map((token) => (token.kind === 'character' ? token.character : '')).join('')

/** Byte order, as in the C locale: memory10 stands before memory9. */
export const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Paths of one pattern: links in /sys lead in circles, so that their number grows with each `*` between slashes. */
const MOST_PATHS = 100_000

/**
 * The paths that match a pattern, sorted; as relative or absolute as the pattern is.
 * @param cwd where relative patterns begin
 * @returns empty where nothing matches
 * @throws ShellLimitError where too many match
 */
export function expandPattern(
  tree: LocalTree,
  { parts, cwd }: { readonly parts: readonly PatternPart[]; readonly cwd: string },
): readonly string[] {
  const components = tokenise(parts)
  const absolute = components[0]?.length === 0 && components.length > 1
  const wanted = components.filter((tokens) => tokens.length > 0)
  let found: readonly string[] = [absolute ? '/' : '']
  for (const [index, tokens] of wanted.entries()) {
    const ending = index === wanted.length - 1 ? '' : '/'
    const next: string[] = []
    for (const base of found) {
      const directory = base.startsWith('/') ? base : `${cwd}/${base}`
      const names = isLiteral(tokens)
        ? [literalText(tokens)]
        : namesIn(tree, directory).filter((name) => matchesName(tokens, name))
      for (const name of names) {
        const path = `${base}${name}${ending}`
        if (entryAt(tree, path.startsWith('/') ? path : `${cwd}/${path}`) !== undefined)
          next.push(path)
      }
      if (next.length > MOST_PATHS) throw new ShellLimitError('too many names')
    }
    found = next
  }
  return [...found].sort(compareNames)
}
