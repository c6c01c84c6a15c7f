import type { QmpArguments } from './commands'
import { QmpConnectionError, QmpError } from './errors'
import type { QmpGreeting } from './message'

const TIMEOUT_MS = 10_000

/** What the handshake needs of a connection. */
export interface Handshake {
  readonly greeted: Promise<QmpGreeting>
  readonly closed: Promise<QmpConnectionError>
  /** Sends `qmp_capabilities`. */
  readonly send: (args: QmpArguments | undefined) => Promise<unknown>
  readonly outOfBand?: boolean
  readonly handshakeTimeoutMs?: number
  readonly signal?: AbortSignal
}

/** Rejects with what ends the connecting before it is done. */
function interruption({ closed, signal, handshakeTimeoutMs = TIMEOUT_MS }: Handshake): {
  readonly rejected: Promise<never>
  readonly stop: () => void
} {
  let stop = (): void => {}
  const rejected = new Promise<never>((_, reject) => {
    const abort = (): void => reject(signal?.reason as Error)
    const timer = setTimeout(() => {
      const message = `no greeting within ${handshakeTimeoutMs} ms: a monitor serves one client at a time, and another may hold it`
      reject(new QmpConnectionError('handshake', message))
    }, handshakeTimeoutMs)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    void closed.then(reject)
    stop = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  })
  return { rejected, stop }
}

/**
 * Waits for the greeting and agrees on capabilities.
 * @throws QmpConnectionError; the signal's reason
 */
export async function shakeHands(handshake: Handshake): Promise<QmpGreeting> {
  const { rejected, stop } = interruption(handshake)
  rejected.catch(() => {})
  try {
    const greeting = await Promise.race([handshake.greeted, rejected])
    const wantsOob = handshake.outOfBand === true && greeting.capabilities.includes('oob')
    await Promise.race([handshake.send(wantsOob ? { enable: ['oob'] } : undefined), rejected])
    return greeting
  } catch (error) {
    if (!(error instanceof QmpError)) throw error
    throw new QmpConnectionError('handshake', `QEMU refused the capabilities: ${error.desc}`, {
      cause: error,
    })
  } finally {
    stop()
  }
}
