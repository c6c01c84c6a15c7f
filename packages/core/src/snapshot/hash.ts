/**
 * A running 64-bit digest in two 32-bit lanes (FNV-1a and a multiply-rotate lane). It tells states apart; it is no
 * protection against deliberate collisions. The only bit operators are here.
 */
export interface Digest {
  a: number
  b: number
}

// Lanes stay within 32 bits with a sign: V8 makes an object of each larger number.
const SEED: Readonly<Digest> = { a: 0x811c9dc5 | 0, b: 0x9e3779b9 | 0 }

export const newDigest = (): Digest => ({ ...SEED })

/** Begins a digest anew. */
export function resetDigest(digest: Digest): void {
  digest.a = SEED.a
  digest.b = SEED.b
}

/** Adds the lanes of a digest to a sum, in which the order of what is added does not count. */
export function addDigest(sum: Digest, { a, b }: Digest): void {
  sum.a = (sum.a + a) | 0
  sum.b = (sum.b + b) | 0
}

/** Mixes a 32-bit word in. */
export function mixWord(digest: Digest, word: number): void {
  digest.a = Math.imul(digest.a ^ word, 0x01000193)
  const b = Math.imul(digest.b ^ Math.imul(word, 0xcc9e2d51), 0x1b873593)
  digest.b = (((b << 13) | (b >>> 19)) + 0xe6546b64) | 0
}

/** Mixes a number in, whatever its size or sign. */
export function mixNumber(digest: Digest, value: number): void {
  mixWord(digest, value | 0)
  mixWord(digest, Math.floor(value / 2 ** 32) | 0)
  if (!Number.isInteger(value)) mixText(digest, String(value))
}

export function mixText(digest: Digest, text: string): void {
  mixWord(digest, text.length)
  for (let i = 0; i < text.length; i++) mixWord(digest, text.charCodeAt(i))
}

export function mixWords(digest: Digest, words: ArrayLike<number>): void {
  mixWord(digest, words.length)
  const { length } = words
  for (let i = 0; i < length; i++) mixWord(digest, words[i] ?? 0)
}

/** The digest as 16 hex digits. */
export const digestText = (digest: Digest): string =>
  [digest.a, digest.b].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
