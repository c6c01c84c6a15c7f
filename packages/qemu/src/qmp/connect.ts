import { createConnection } from 'node:net'
import type { Duplex } from 'node:stream'
import { QmpConnectionError } from './errors'

/** Where a monitor is: the path of its unix socket, or a stream that is connected to it. */
export type QmpPeer = { readonly path: string } | { readonly stream: Duplex }

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'no process listens there; QEMU may have ended',
  EACCES: 'this user may not open the socket',
}

function refused(path: string, cause: Error): QmpConnectionError {
  const code = 'code' in cause ? String(cause.code) : ''
  return new QmpConnectionError('refused', `${path}: ${HINTS[code] ?? cause.message}`, { cause })
}

/**
 * Opens the stream to a monitor.
 * @throws QmpConnectionError `refused`; the signal's reason
 */
export function openStream(peer: QmpPeer, signal: AbortSignal | undefined): Promise<Duplex> {
  if (signal?.aborted) return Promise.reject(signal.reason as Error)
  if ('stream' in peer) return Promise.resolve(peer.stream)
  return new Promise((resolve, reject) => {
    const socket = createConnection(peer.path)
    const abort = (): void => {
      socket.destroy()
      reject(signal?.reason as Error)
    }
    const fail = (error: Error): void => {
      signal?.removeEventListener('abort', abort)
      reject(refused(peer.path, error))
    }
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.off('error', fail)
      signal?.removeEventListener('abort', abort)
      resolve(socket)
    })
    signal?.addEventListener('abort', abort)
  })
}
