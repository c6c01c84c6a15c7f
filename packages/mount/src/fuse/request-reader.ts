import { Worker } from 'node:worker_threads'
import { REQUEST_BYTES } from './protocol'

/** Errors of a read that mean: ask again. ENOENT: the request was interrupted before it was read. */
const ASK_AGAIN: readonly string[] = ['EINTR', 'EAGAIN', 'ENOENT']

/** The program of the thread; a text, so that a bundle needs no second file. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads')
const { readSync } = require('node:fs')
const { fd, bytes, askAgain } = workerData
const buffer = new Uint8Array(bytes)
for (;;) {
  try {
    const request = buffer.slice(0, readSync(fd, buffer, 0, bytes, null))
    parentPort.postMessage(request, [request.buffer])
  } catch (error) {
    if (!askAgain.includes(error.code)) break
  }
}
`

/**
 * Reads requests in a thread that does nothing else. libuv's threads will not do: those that wait for a file of the mount, in this
 * process, could take them all, and nothing would be left to answer them.
 * @param received called with each request, in the order in which the kernel asks
 * @param ended called once, when the filesystem is unmounted or the connection is broken
 */
export function readRequests(
  fd: number,
  received: (request: Uint8Array) => void,
  ended: () => void,
): void {
  const workerData = { fd, bytes: REQUEST_BYTES, askAgain: ASK_AGAIN }
  const thread = new Worker(PROGRAM, { eval: true, workerData, execArgv: [], env: {} })
  thread.on('message', received)
  thread.once('exit', ended)
}
