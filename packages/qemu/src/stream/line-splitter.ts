/** A line of input was longer than allowed, or not UTF-8. */
export class LineFault extends Error {
  override readonly name = 'LineFault'
}

const NEWLINE = 0x0a
const RETURN = 0x0d

/**
 * Cuts a stream of bytes into lines of text, however the bytes arrive: a chunk may end in the middle of a line
 * or of a character.
 */
export class LineSplitter {
  readonly #limitBytes: number
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #pieces: Uint8Array[] = []
  #sizeBytes = 0

  constructor(options: { readonly limitBytes: number }) {
    this.#limitBytes = options.limitBytes
  }

  /**
   * Takes a chunk and gives the lines that it completes, without their line ends and without empty lines.
   * The chunk is taken as the lines are.
   * @throws LineFault for a line that is too long or not UTF-8; the splitter is of no use after that
   */
  *push(chunk: Uint8Array): Generator<string, void, undefined> {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end))
      const line = this.#take()
      if (line !== '') yield line
      start = end + 1
    }
    this.#keep(chunk.subarray(start))
  }

  #keep(piece: Uint8Array): void {
    this.#sizeBytes += piece.length
    if (this.#sizeBytes > this.#limitBytes) {
      throw new LineFault(`a line is longer than ${this.#limitBytes} bytes`)
    }
    if (piece.length > 0) this.#pieces.push(piece)
  }

  #take(): string {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#sizeBytes = 0
    if (bytes === undefined) return ''
    const end = bytes.at(-1) === RETURN ? bytes.length - 1 : bytes.length
    try {
      return this.#decoder.decode(bytes.subarray(0, end))
    } catch {
      throw new LineFault('a line is not UTF-8')
    }
  }
}
