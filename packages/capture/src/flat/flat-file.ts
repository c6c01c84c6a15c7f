import { isHotplugError } from '@memhp/core'
import type { Attribute } from '@memhp/core/plugin'
import type { FlatLine, FlatLines } from './flat-lines'

/** Finds lines of a view in a text: what follows the path of the file in the key (`#MemTotal`), and the line's text. */
export type FindLines = (text: string) => Iterable<readonly [suffix: string, text: string]>

/** The whole text, without its final newline. */
export const wholeText: FindLines = (text) => [['', text.endsWith('\n') ? text.slice(0, -1) : text]]

/** A file that stays open from reading to reading. A text that is as it was is not looked through again. */
export class FlatFile {
  readonly #lines: FlatLines
  readonly #path: string
  readonly #node: Attribute
  readonly #find: FindLines
  #text: string | undefined
  #found: readonly (readonly [FlatLine, string])[] = []

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
      this.#found = Array.from(this.#find(text), ([suffix, line]) => [
        this.#lines.line(this.#path + suffix),
        line,
      ])
    }
    for (const [line, shown] of this.#found) this.#lines.put(line, shown)
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
