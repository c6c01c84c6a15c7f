/** Bytes that come in small pieces and are looked through: appending costs as much as the piece, not as the whole. */
export class ByteBuffer {
  #bytes: Buffer = Buffer.alloc(4096)
  #length = 0

  get length(): number {
    return this.#length
  }

  append(piece: Uint8Array): void {
    const needed = this.#length + piece.length
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(2 ** Math.ceil(Math.log2(needed)))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.#length)
    this.#length = needed
  }

  /** Where a byte stands, at or after `from`; -1 where it does not. */
  indexOf(byte: number, from: number): number {
    return this.#bytes.subarray(0, this.#length).indexOf(byte, from)
  }

  /** Where a byte stands before `end`, the last of them; -1 where it does not. */
  lastIndexOf(byte: number, end: number): number {
    return this.#bytes.subarray(0, end).lastIndexOf(byte)
  }

  /** A copy of a part. */
  slice(start: number, end: number): Buffer {
    return Buffer.from(this.#bytes.subarray(start, end))
  }

  /** True where these bytes stand at an offset. */
  hasAt(bytes: Uint8Array, offset: number): boolean {
    const there = this.#bytes.subarray(offset, Math.min(offset + bytes.length, this.#length))
    return there.equals(bytes)
  }

  /** Takes a part out. */
  cut(start: number, end: number): void {
    this.#bytes.copyWithin(start, end, this.#length)
    this.#length -= end - start
  }

  /** Forgets all before an offset. */
  dropBefore(offset: number): void {
    this.cut(0, offset)
  }
}
