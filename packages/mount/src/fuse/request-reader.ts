import { readdirSync, readSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { Fields } from './fields'
import {
  ANSWER_HEADER_BYTES,
  NOTIFY_RETRIEVE,
  REQUEST_BYTES,
  REQUEST_HEADER_BYTES,
} from './protocol'

/** Errors of a read that mean: ask again. ENOENT: the request was interrupted before it was read. */
const ASK_AGAIN: readonly string[] = ['EINTR', 'EAGAIN', 'ENOENT']

/** For how long nothing has to come before reading is the thread's again, in milliseconds. */
const IDLE_MS = 0.2

/** How long requests are read here before the rest of the process has its turn, in milliseconds. */
const SLICE_MS = 4

/** Words that both sides see: who reads; how many requests were read here; the file that ends a read here, 0 while there is no read to end. */
const WORD = { reader: 0, count: 1, ending: 2 } as const
const READER = { thread: 0, here: 1 } as const
const MOST_WORD = 2 ** 31 - 1

/** The clocks of this process, also where a test puts others in their place later. */
const later = setImmediate
const now = performance.now.bind(performance)

/** Where NOTIFY_RETRIEVE names the file (`fuse_notify_retrieve_out`). */
const RETRIEVED_AT = ANSWER_HEADER_BYTES + 8

/** The program of the thread; a text, so that a bundle needs no second file. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads')
const { readSync, writeSync } = require('node:fs')
const { fd, bytes, askAgain, words, retrieve, idleMs } = workerData
const buffer = new Uint8Array(bytes)
const numbers = new BigUint64Array(retrieve.buffer)
for (;;) {
  try {
    const request = buffer.slice(0, readSync(fd, buffer, 0, bytes, null))
    Atomics.store(words, ${WORD.reader}, ${READER.here})
    parentPort.postMessage(request, [request.buffer])
  } catch (error) {
    if (askAgain.includes(error.code)) continue
    break
  }
  let seen = -1
  // What wakes a wait may be meant for the one before.
  while (Atomics.load(words, ${WORD.reader}) === ${READER.here}) {
    if (Atomics.wait(words, ${WORD.reader}, ${READER.here}, idleMs) !== 'timed-out') continue
    const count = Atomics.load(words, ${WORD.count})
    const file = Atomics.load(words, ${WORD.ending})
    if (count === seen && file !== 0) {
      numbers[${RETRIEVED_AT / 8}] = BigInt(file)
      try { writeSync(fd, retrieve) } catch {}
    }
    seen = count
  }
}
`

/** Asks for no bytes of a file. */
function retrieveMessage(): Uint8Array {
  const message = new Fields(new Uint8Array(ANSWER_HEADER_BYTES + 32))
  message.setU32(0, message.bytes.length)
  message.setI32(4, NOTIFY_RETRIEVE)
  return message.bytes
}

/** Whether a thread is one of this process, by its number. That of another namespace of processes is 0. */
class OwnThreads {
  readonly #known = new Map<number, boolean>()

  has(thread: number): boolean {
    const known = this.#known.get(thread)
    if (known !== undefined) return known
    if (this.#known.size >= 1000) this.#known.clear()
    const isOwn = readdirSync('/proc/self/task').includes(String(thread))
    this.#known.set(thread, isOwn)
    return isOwn
  }
}

/** Who gets the requests. */
export interface RequestReceiver {
  /**
   * Called with each, in the order in which the kernel asks: its header, and what follows, which is good until this returns.
   * @returns whether it has been answered
   */
  readonly take: (head: Fields, body: Fields) => boolean
  /** A regular file that the kernel knows, by its number: a read can be ended then. Undefined: not known. */
  readonly knownFile: () => number | undefined
  /** Called once, when the filesystem is unmounted or the connection is broken. */
  readonly ended: () => void
}

/**
 * Reads requests. The first is read by a thread that does nothing else. libuv's threads will not do: those that wait for a file of the
 * mount, in this process, could take them all, and nothing would be left to answer them.
 *
 * A program that has its answer mostly asks again. So the next requests are read here, which saves the way from thread to thread, while
 * the event loop stands still: until none comes for a moment, one is not answered at once, or one is of a thread of this process, which
 * may want the event loop to go on. The thread watches, and ends a read in which nothing comes: it has the kernel send a request.
 */
export function readRequests(fd: number, { take, knownFile, ended }: RequestReceiver): void {
  const words = new Int32Array(new SharedArrayBuffer(12))
  const thread = new Worker(PROGRAM, {
    eval: true,
    workerData: {
      ...{ fd, bytes: REQUEST_BYTES, askAgain: ASK_AGAIN },
      ...{ words, retrieve: retrieveMessage(), idleMs: IDLE_MS },
    },
    execArgv: [],
    env: {},
  })
  const own = new OwnThreads()
  const buffer = new Uint8Array(REQUEST_BYTES)
  const head = new Fields(buffer)
  const body = new Fields(buffer.subarray(REQUEST_HEADER_BYTES))

  /** @returns whether the next one may be read here */
  const serve = (): boolean => take(head, body) && !own.has(head.u32(32))
  const readOne = (): boolean => {
    const file = knownFile()
    if (file === undefined || file > MOST_WORD) return false
    Atomics.store(words, WORD.ending, file)
    try {
      readSync(fd, buffer, 0, REQUEST_BYTES, null)
    } catch (error) {
      return ASK_AGAIN.includes((error as NodeJS.ErrnoException).code ?? '')
    } finally {
      Atomics.store(words, WORD.ending, 0)
    }
    Atomics.add(words, WORD.count, 1)
    return serve()
  }
  const giveBack = (): void => {
    Atomics.store(words, WORD.reader, READER.thread)
    Atomics.notify(words, WORD.reader)
  }
  const readOn = (): void => {
    const end = now() + SLICE_MS
    let goesOn = true
    while (goesOn && now() < end) goesOn = readOne()
    if (goesOn) later(readOn)
    else giveBack()
  }
  thread.on('message', (request: Uint8Array) => {
    buffer.set(request)
    if (serve()) readOn()
    else giveBack()
  })
  thread.once('exit', ended)
}
