import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Most characters that are kept of a console. */
const KEPT = 2 ** 20

/** What a guest, or QEMU, has written so far: the last million characters of it. */
export class TextCapture {
  readonly #decoder = new StringDecoder('utf8')
  readonly #listeners = new Set<(text: string) => void>()
  #text = ''

  constructor(stream: Readable | null | undefined) {
    stream?.on('data', (chunk: Buffer) => this.#add(this.#decoder.write(chunk)))
    stream?.on('error', () => {})
  }

  get text(): string {
    return this.#text
  }

  /** The last lines. */
  tail(lines: number): string {
    return this.#text.trimEnd().split('\n').slice(-lines).join('\n')
  }

  /** What the kernel said when it panicked. */
  get panic(): string | undefined {
    return /Kernel panic - not syncing: (.*)/.exec(this.#text)?.[0]
  }

  /** Calls `listener` with each piece of text as it comes, until the returned function is called. */
  onText(listener: (text: string) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  #add(raw: string): void {
    const text = raw.replaceAll('\r', '')
    this.#text = (this.#text + text).slice(-KEPT)
    for (const listener of this.#listeners) listener(text)
  }
}
