/** A key of a flat view, with its text as the last reading found it. */
export interface FlatLine {
  readonly key: string
  text: string | undefined
  /** The reading that found it last. */
  reading: number
}

/**
 * A flat view that reading after reading brings up to date: a reading puts every line that it finds, and a line that it
 * does not put is gone.
 */
export class FlatLines {
  readonly #view = new Map<string, string>()
  readonly #lines = new Map<string, FlatLine>()
  #changed: string[] = []
  #found: FlatLine[] = []
  #reading = 0

  /** The view as the last reading left it. */
  get view(): ReadonlyMap<string, string> {
    return this.#view
  }

  /** The line of a key. It is made once. */
  line(key: string): FlatLine {
    const known = this.#lines.get(key)
    if (known !== undefined) return known
    const line = { key, text: undefined, reading: 0 }
    this.#lines.set(key, line)
    return line
  }

  begin(): void {
    this.#reading += 1
    this.#found = []
    this.#changed = []
  }

  put(line: FlatLine, text: string): void {
    this.#find(line)
    if (line.text === text) return
    line.text = text
    this.#view.set(line.key, text)
    this.#changed.push(line.key)
  }

  /** @returns the lines that `put` finds, in order */
  during(put: () => void): readonly FlatLine[] {
    const before = this.#found.length
    put()
    return this.#found.slice(before)
  }

  /** Puts lines of the reading before once more, as they were. */
  putAgain(lines: readonly FlatLine[]): void {
    for (const line of lines) this.#find(line)
  }

  #find(line: FlatLine): void {
    if (line.reading === this.#reading) return
    line.reading = this.#reading
    this.#found.push(line)
  }

  /** @returns the keys that came, went or have another text than before this reading */
  end(): readonly string[] {
    if (this.#found.length < this.#view.size) this.#dropLost()
    return this.#changed
  }

  #dropLost(): void {
    for (const key of this.#view.keys()) {
      const line = this.line(key)
      if (line.reading === this.#reading) continue
      line.text = undefined
      this.#view.delete(key)
      this.#changed.push(key)
    }
  }
}
