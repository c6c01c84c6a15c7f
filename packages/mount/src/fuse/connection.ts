import { close, write, writeSync } from 'node:fs'
import { Fields } from './fields'
import { ANSWER_HEADER_BYTES, NOTIFY_DELETE, REQUEST_HEADER_BYTES } from './protocol'
import { readRequests } from './request-reader'

/** A request of the kernel. */
export interface FuseRequest {
  readonly opcode: number
  /** Its number, by which a later INTERRUPT names it. */
  readonly unique: number
  /** The node that is asked about. */
  readonly node: number
  readonly body: Fields
}

/** What a request is answered with: what it asked for, an errno, or nothing where the kernel expects nothing. */
export type FuseAnswer =
  | { readonly kind: 'data'; readonly data: Uint8Array }
  | { readonly kind: 'errno'; readonly errno: number }
  | { readonly kind: 'none' }

/** Answers requests one after the other. A promise is waited for while others are answered. */
export type FuseHandler = (request: FuseRequest) => FuseAnswer | Promise<FuseAnswer>

const NO_DATA = new Uint8Array(0)

/** The kernel's side of a mount: requests are read from `/dev/fuse`, and answers written to it. */
export class FuseConnection {
  /** Fulfilled when the filesystem is unmounted, or the connection is broken. */
  readonly ended: Promise<void>
  readonly #fd: number
  readonly #handler: FuseHandler

  /** @param fd `/dev/fuse`, mounted; closed at the end */
  constructor(fd: number, handler: FuseHandler) {
    this.#fd = fd
    this.#handler = handler
    this.ended = new Promise((resolve) => {
      const end = (): void => close(fd, () => resolve())
      readRequests(fd, (request) => this.#serve(request), end)
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

  #serve(request: Uint8Array): void {
    const head = new Fields(request)
    const unique = request.subarray(8, 16)
    const answer = this.#handler({
      opcode: head.u32(4),
      unique: head.u64(8),
      node: head.u64(16),
      body: new Fields(request.subarray(REQUEST_HEADER_BYTES)),
    })
    if (answer instanceof Promise) void answer.then((late) => this.#answer(unique, late))
    else this.#answer(unique, answer)
  }

  #answer(unique: Uint8Array, answer: FuseAnswer): void {
    if (answer.kind === 'none') return
    const data = answer.kind === 'data' ? answer.data : NO_DATA
    const message = new Fields(new Uint8Array(ANSWER_HEADER_BYTES + data.length))
    message.setU32(0, message.bytes.length)
    message.setI32(4, answer.kind === 'errno' ? -answer.errno : 0)
    message.bytes.set(unique, 8)
    message.bytes.set(data, ANSWER_HEADER_BYTES)
    try {
      writeSync(this.#fd, message.bytes)
    } catch {
      // Whoever asked has been killed meanwhile (ENOENT), or the mount is gone: the next read tells.
    }
  }
}
