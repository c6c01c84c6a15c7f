/** A place in a text that moves forward. */
export class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** The character `ahead` of the place; empty behind the end. */
  peek(ahead = 0): string {
    return this.#text[this.#at + ahead] ?? ''
  }

  /** Takes one character; empty behind the end. */
  take(): string {
    const next = this.peek()
    this.#at += next.length
    return next
  }

  /** True if the text goes on like this. */
  startsWith(text: string): boolean {
    return this.#text.startsWith(text, this.#at)
  }

  /** Takes what a pattern that begins with `^` matches; empty where it does not. */
  takeMatch(pattern: RegExp): string {
    const [match = ''] = pattern.exec(this.#text.slice(this.#at, this.#at + 4096)) ?? []
    this.#at += match.length
    return match
  }

  /** Place of the next such character, for `takeUntil`; -1 where there is none. */
  indexOf(character: string): number {
    return this.#text.indexOf(character, this.#at)
  }

  /** Takes everything before a place. */
  takeUntil(end: number): string {
    const taken = this.#text.slice(this.#at, end)
    this.#at = end
    return taken
  }

  /** What is left up to the end of the line, for messages. */
  get rest(): string {
    return this.#text.slice(this.#at).split('\n', 1)[0] ?? ''
  }
}
