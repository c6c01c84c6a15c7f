import { isHotplugError } from '@memhp/core'
import type { Attribute } from '@memhp/core/plugin'
import type { FlatLine, FlatLines } from './flat-lines'

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
  #found: readonly FoundLine[] = []

  constructor(lines: FlatLines, file: { path: string; node: Attribute; find: FindLines }) {
    this.#lines = lines
    this.#path = file.path
    this.#node = file.node
    this.#find = file.find
  }

  /** Puts what the file shows now; nothing where it cannot be read. */
  put(): void {
    const text = textOf(this.#node)
    if (text === undefined) return
    if (text !== this.#text) {
      this.#text = text
      this.#found = this.#find(text).map((shown, i) => ({
        shown,
        line: this.#line(shown.suffix, i),
      }))
    }
    for (const { line, shown } of this.#found) this.#lines.put(line, shown.text)
  }

  /** The line of a suffix; most often it was found at the same place before. */
  #line(suffix: string, place: number): FlatLine {
    const before = this.#found[place]
    return before?.shown.suffix === suffix ? before.line : this.#lines.line(this.#path + suffix)
  }
}

interface FoundLine {
  readonly shown: ShownLine
  readonly line: FlatLine
}

function textOf(node: Attribute): string | undefined {
  try {
    return node.show?.()
  } catch (error) {
    if (isHotplugError(error)) return undefined
    throw error
  }
}
