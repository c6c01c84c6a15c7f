import { endianness } from 'node:os'

const LITTLE = endianness() === 'LE'
const WORD = 2 ** 32

/** Fields of a structure in the byte order of this machine. Offsets are in bytes; numbers of 64 bits are below 2^53. */
export class Fields {
  readonly bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u16(offset: number): number {
    return this.#view.getUint16(offset, LITTLE)
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, LITTLE)
  }

  u64(offset: number): number {
    const [low, high] = LITTLE ? [offset, offset + 4] : [offset + 4, offset]
    return this.u32(low) + this.u32(high) * WORD
  }

  setU16(offset: number, value: number): void {
    this.#view.setUint16(offset, value, LITTLE)
  }

  setU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, LITTLE)
  }

  setI32(offset: number, value: number): void {
    this.#view.setInt32(offset, value, LITTLE)
  }

  setU64(offset: number, value: number): void {
    const [low, high] = LITTLE ? [offset, offset + 4] : [offset + 4, offset]
    this.setU32(low, value % WORD)
    this.setU32(high, Math.floor(value / WORD))
  }
}
