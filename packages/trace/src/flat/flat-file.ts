import { isHotplugError } from '@memhp/core'
import type { Attribute } from '@memhp/core/plugin'
import { type FlatGroup, type FlatLine, type FlatLines, NO_LINES } from './flat-lines'

/** A line that is shown of a file. */
export interface ShownLine {
  /** What follows the path of the file in the key: `#MemTotal`; nothing for the whole file. */
  readonly suffix: string
  readonly text: string
}

/** Finds what a flat view shows of a text. */
export type FindLines = (text: string) => readonly ShownLine[]

/** The whole text, without its final newline; an empty line is left out. */
export const wholeText: FindLines = (text) => {
  const line = text.endsWith('\n') ? text.slice(0, -1) : text
  return line === '' ? [] : [{ suffix: '', text: line }]
}

/** A file that stays open from reading to reading. A text that is as it was is not looked through again. */
export class FlatFile {
  readonly #lines: FlatLines
  readonly #path: string
  readonly #node: Attribute
  readonly #find: FindLines
  #text: string | undefined
  #shown: readonly ShownLine[] = []
  #found: readonly FlatLine[] = []
  #group: FlatGroup = NO_LINES

  constructor(lines: FlatLines, file: { path: string; node: Attribute; find: FindLines }) {
    this.#lines = lines
    this.#path = file.path
    this.#node = file.node
    this.#find = file.find
  }

  /** Puts what the file shows now; nothing where it cannot be read. */
  put(): void {
    const text = textOf(this.#node)
    if (text !== undefined && text === this.#text) this.#lines.putAgain(this.#group)
    else if (text !== undefined) this.#putNew(text)
    this.#text = text
  }

  #putNew(text: string): void {
    const before = this.#shown
    const linesBefore = this.#found
    this.#shown = this.#find(text)
    // Most often a suffix was found at the same place before.
    this.#found = this.#shown.map(({ suffix }, i) => {
      const known = before[i]?.suffix === suffix ? linesBefore[i] : undefined
      return known ?? this.#lines.line(this.#path + suffix)
    })
    this.#found.forEach((line, i) => {
      this.#lines.put(line, this.#shown[i]?.text ?? '')
    })
    this.#group = { lines: this.#found, groups: [], count: this.#found.length }
  }
}

function textOf(node: Attribute): string | undefined {
  try {
    return node.show?.()
  } catch (error) {
    if (isHotplugError(error)) return undefined
    throw error
  }
}
