import { close, write, writeSync } from 'node:fs'
import { Fields } from './fields'
import { ANSWER_HEADER_BYTES, NOTIFY_DELETE } from './protocol'
import { readRequests } from './request-reader'

/** A request of the kernel. */
export interface FuseRequest {
  readonly opcode: number
  /** Its number, by which a later INTERRUPT names it. */
  readonly unique: number
  /** The node that is asked about. */
  readonly node: number
  /** What follows the header; behind that lies what is left of earlier requests. */
  readonly body: Fields
}

/** What a request is answered with: what it asked for, an errno, or nothing where the kernel expects nothing. */
export type FuseAnswer =
  | { readonly kind: 'data'; readonly data: Uint8Array }
  | { readonly kind: 'errno'; readonly errno: number }
  | { readonly kind: 'none' }

/** What stands behind a connection. */
export interface FuseHandler {
  /** Answers requests one after the other. A promise is waited for while others are answered. The body is good until this returns. */
  readonly answer: (request: FuseRequest) => FuseAnswer | Promise<FuseAnswer>
  /** A regular file that the kernel knows; undefined where none is. */
  readonly knownFile: () => number | undefined
}

const NO_DATA = new Uint8Array(0)

const fieldsOf = (bytes: number): Fields => new Fields(new Uint8Array(bytes))

/** The kernel's side of a mount: requests are read from `/dev/fuse`, and answers written to it. */
export class FuseConnection {
  /** Fulfilled when the filesystem is unmounted, or the connection is broken. */
  readonly ended: Promise<void>
  readonly #fd: number
  readonly #handler: FuseHandler['answer']
  /** Where answers are put together. */
  readonly #message = fieldsOf(64 * 1024)

  /** @param fd `/dev/fuse`, mounted; closed at the end */
  constructor(fd: number, handler: FuseHandler) {
    this.#fd = fd
    this.#handler = handler.answer
    this.ended = new Promise((resolve) => {
      const end = (): void => close(fd, () => resolve())
      readRequests(fd, {
        take: (head, body) => this.#serve(head, body),
        knownFile: handler.knownFile,
        ended: end,
      })
    })
  }

  /**
   * Tells the kernel that a name is gone. It waits for lookups in the directory that are under way, so that others must be
   * answered meanwhile.
   */
  async tellDeleted(parent: number, child: number, name: string): Promise<void> {
    const text = new TextEncoder().encode(name)
    const message = new Fields(new Uint8Array(ANSWER_HEADER_BYTES + 24 + text.length + 1))
    message.setU32(0, message.bytes.length)
    message.setI32(4, NOTIFY_DELETE)
    message.setU64(16, parent)
    message.setU64(24, child)
    message.setU32(32, text.length)
    message.bytes.set(text, 40)
    // ENOENT: the kernel does not know the name, which is what is wanted.
    await new Promise<void>((resolve) => write(this.#fd, message.bytes, () => resolve()))
  }

  /** @returns whether it has been answered */
  #serve(head: Fields, body: Fields): boolean {
    const unique = head.u64(8)
    const answer = this.#handler({
      opcode: head.u32(4),
      unique,
      node: head.u64(16),
      body,
    })
    if (answer instanceof Promise) {
      void answer.then((late) => this.#answer(unique, late))
      return false
    }
    this.#answer(unique, answer)
    return true
  }

  #answer(unique: number, answer: FuseAnswer): void {
    if (answer.kind === 'none') return
    const data = answer.kind === 'data' ? answer.data : NO_DATA
    const length = ANSWER_HEADER_BYTES + data.length
    const message = length <= this.#message.bytes.length ? this.#message : fieldsOf(length)
    message.setU32(0, length)
    message.setI32(4, answer.kind === 'errno' ? -answer.errno : 0)
    message.setU64(8, unique)
    message.bytes.set(data, ANSWER_HEADER_BYTES)
    try {
      writeSync(this.#fd, message.bytes, 0, length)
    } catch {
      // Whoever asked has been killed meanwhile (ENOENT), or the mount is gone: the next read tells.
    }
  }
}
