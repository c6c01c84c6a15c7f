import { ShellLimitError } from './syntax'

/** Characters of one variable, word, pipe or file that is written: a thousand times what any file of a model has. */
const MOST_TEXT = 2 ** 24

/** @param length characters of a text that is being made @throws ShellLimitError where they are too many */
export function limitLength(length: number): void {
  if (length > MOST_TEXT) throw new ShellLimitError('out of space')
}

/** @returns the text as it is @throws ShellLimitError for one that is too long */
export function limitText(text: string): string {
  limitLength(text.length)
  return text
}

/** Text that commands write one piece after the other. */
export interface CollectedText {
  readonly text: string
  /** @throws ShellLimitError where it becomes too long */
  readonly add: (part: string) => void
}

/** Collects what commands write, with a bound: scripts double texts with ease. */
export function collectText(): CollectedText {
  let text = ''
  return {
    get text() {
      return text
    },
    add: (part) => {
      text = limitText(text + part)
    },
  }
}
