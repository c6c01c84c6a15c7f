import type { LocalTree } from '@memhp/core'
import { limitText } from './collected-text'
import { expandPattern, isPattern, type PatternPart } from './glob'
import { type CommandList, ShellLimitError, type Word, type WordPart } from './syntax'

/** What expansion needs to know of the shell. */
export interface Expansion {
  readonly tree: LocalTree
  readonly cwd: string
  readonly variable: (name: string) => string
  /** Output of commands, for `$(…)`. */
  readonly output: (list: CommandList) => Promise<string>
}

async function partText(part: WordPart, expansion: Expansion): Promise<string> {
  if (part.kind === 'text') return part.text
  if (part.kind === 'variable') return expansion.variable(part.name)
  return (await expansion.output(part.list)).replace(/\n+$/, '')
}

/** Words that one word may become. A `for` over the blocks of a large machine has some ten thousand. */
const MOST_WORDS = 1_000_000

/** Splits what an unquoted expansion gave at blanks; the first and the last piece may join their neighbours. */
function addSplit(fields: PatternPart[][], open: boolean, value: string): boolean {
  let isOpen = open
  for (const [piece] of value.matchAll(/[ \t\n]+|[^ \t\n]+/g)) {
    if (/^[ \t\n]/.test(piece)) {
      isOpen = false
      continue
    }
    if (!isOpen) fields.push([])
    if (fields.length > MOST_WORDS) throw new ShellLimitError('too many words')
    fields.at(-1)?.push({ text: piece, quoted: false })
    isOpen = true
  }
  return isOpen
}

async function fieldsOf(word: Word, expansion: Expansion): Promise<PatternPart[][]> {
  const fields: PatternPart[][] = []
  let isOpen = false
  for (const part of word) {
    const text = limitText(await partText(part, expansion))
    if (part.kind !== 'text' && !part.quoted) {
      isOpen = addSplit(fields, isOpen, text)
      continue
    }
    if (!isOpen) fields.push([])
    fields.at(-1)?.push({ text, quoted: part.quoted })
    isOpen = true
  }
  return fields
}

const joined = (parts: readonly PatternPart[]): string => parts.map(({ text }) => text).join('')

/**
 * The arguments that a word stands for: expanded, split at blanks, matched against names.
 * @throws ShellLimitError where they are long or many
 */
async function expandWord(word: Word, expansion: Expansion): Promise<readonly string[]> {
  const { tree, cwd } = expansion
  const fields = await fieldsOf(word, expansion)
  return fields.flatMap((parts) => {
    const found = isPattern(parts) ? expandPattern(tree, { parts, cwd }) : []
    return found.length > 0 ? found : [joined(parts)]
  })
}

/** The arguments that several words stand for. @throws ShellLimitError where they are long or many */
export async function expandWords(
  words: readonly Word[],
  expansion: Expansion,
): Promise<readonly string[]> {
  const expanded: (readonly string[])[] = []
  for (const word of words) expanded.push(await expandWord(word, expansion))
  return expanded.flat()
}

/** The one text that a word stands for: neither split nor matched. @throws ShellLimitError for a long one */
export async function expandText(word: Word, expansion: Expansion): Promise<string> {
  let text = ''
  for (const part of word) text = limitText(text + (await partText(part, expansion)))
  return text
}
