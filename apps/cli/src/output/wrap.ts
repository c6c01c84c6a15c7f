import { stripVTControlCharacters } from 'node:util'

/** Columns that text takes on a terminal. Colours take none. */
export const widthOf = (text: string): number => stripVTControlCharacters(text).length

/** Columns of the longest word, with what the text is indented by: narrower than this it cannot be wrapped. */
export function narrowestOf(text: string): number {
  const { indent, words } = wordsOf(text)
  return indent.length + Math.max(...words.map(widthOf))
}

/** Breaks a line at blanks. A word that is longer than a line stays whole; further lines are indented as the first is. */
export function wrapText(text: string, width: number): readonly string[] {
  const { indent, words } = wordsOf(text)
  const lines: string[] = []
  let line: string | undefined
  for (const word of words) {
    const next = line === undefined ? indent + word : `${line} ${word}`
    if (line !== undefined && widthOf(next) > width) {
      lines.push(line)
      line = indent + word
    } else line = next
  }
  return [...lines, line ?? '']
}

function wordsOf(text: string): { readonly indent: string; readonly words: readonly string[] } {
  const [indent = ''] = /^ */.exec(text) ?? []
  return { indent, words: text.slice(indent.length).split(' ') }
}
