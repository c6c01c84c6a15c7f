import type { TextWant } from '../format/check'
import type { Difference } from './evidence'

/** Blanks do not count: runs of them are one, and those at the ends of lines and of the text are none. */
export const plainText = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim().replace(/[ \t]+/g, ' '))
    .join('\n')
    .trim()

const shown = (text: string): string => (text === '' ? 'nothing' : text)

/** Compares a text with what it must be. */
export function compareText(what: string, text: string, want: TextWant): readonly Difference[] {
  const seen = plainText(text)
  const found: Difference[] = []
  const report = (expected: string): void => void found.push({ what, expected, seen: shown(seen) })
  if (want.is !== undefined && plainText(want.is) !== seen) report(shown(plainText(want.is)))
  for (const part of want.contains ?? []) {
    if (!seen.includes(plainText(part))) report(`a text with: ${plainText(part)}`)
  }
  for (const part of want.lacks ?? []) {
    if (seen.includes(plainText(part))) report(`a text without: ${plainText(part)}`)
  }
  return found
}
