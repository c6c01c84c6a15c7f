import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { AgentLane } from '../agent/lane'
import { quoteText, quoteWord } from '../agent/shell-words'
import type { ScriptResult } from '../guest/guest'
import { type GuestWriteOptions, readTree } from '../guest/guest-tree'
import { refusal, refusalOf } from '../guest/tree-error'
import { GuestError } from '../launch/guest-error'
import { inTurn } from '../stream/in-turn'
import { remoteScript } from './remote-script'
import { RemoteEars, type RemoteUevents } from './remote-uevents'

/** The file tree of a machine that a shell reaches. */
export interface RemoteTree extends ReturnType<typeof readTree> {
  write(path: string, text: string, options?: GuestWriteOptions): Promise<void>
}

/** A machine at the far side of a connection to a POSIX shell. */
export interface RemoteShell extends AsyncDisposable {
  readonly tree: RemoteTree
  /** The release of its kernel. */
  readonly kernel: string
  /** Runs a script, after those that were given before; what it prints is text. @throws GuestError GUEST_GONE where the connection ends */
  run(script: string): Promise<ScriptResult>
  /**
   * Hears uevents of memory and of nodes, over the same connection, until the signal ends it.
   * @returns undefined where the machine has neither udevadm nor busybox's uevent
   */
  hear(signal: AbortSignal): Promise<RemoteUevents | undefined>
  /** Where the kernel is in the process that writes; undefined where none does, or it does not say. */
  waitsIn(): Promise<string | undefined>
  /** Ends the connection. A write that is under way goes on at the far side. */
  close(): Promise<void>
}

export interface ConnectShellOptions {
  /** What to call the machine in messages. */
  readonly name: string
  /** Milliseconds until the shell must have answered. Default 30 000. */
  readonly timeoutMs?: number
  /** Why the connection ended, once it has, in words. */
  readonly reason?: () => string
}

const ANSWER_MS = 30_000
const FIRST_LOOK_MS = 50
const LONGEST_LOOK_MS = 500
/** Characters of a script that go in one request. */
const CHUNK = 12_000

const gone = ({ name, reason }: ConnectShellOptions): GuestError => {
  const why = reason?.() ?? ''
  return new GuestError(
    'GUEST_GONE',
    `the connection to ${name} has ended${why === '' ? '' : `: ${why}`}`,
  )
}

/** Writes at the far side, and looks again and again whether it is over. */
class RemoteWriter {
  readonly #lane: AgentLane
  #last = 0

  constructor(lane: AgentLane) {
    this.#lane = lane
  }

  async write(path: string, text: string, { signal }: GuestWriteOptions = {}): Promise<void> {
    if (signal?.aborted) throw refusal('write', path, 'EINTR')
    const id = ++this.#last
    let answer = await this.#lane.request(`begin ${id} ${quoteWord(path)} ${quoteText(text)}`)
    let isStopped = false
    for (let wait = FIRST_LOOK_MS; answer.stdout.toString() === 'running\n'; wait *= 2) {
      await sleep(
        Math.min(wait, LONGEST_LOOK_MS),
        undefined,
        signal === undefined ? {} : { signal },
      ).catch(() => {})
      if (signal?.aborted && !isStopped) {
        isStopped = true
        await this.#lane.request(`stop ${id}`)
      }
      if (isStopped) await sleep(FIRST_LOOK_MS)
      answer = await this.#lane.request(`look ${id}`)
    }
    if (answer.status !== 0) throw refusalOf('write', path, answer)
  }
}

/** Runs a script of any length. */
async function runScript(lane: AgentLane, script: string): Promise<ScriptResult> {
  const packed = quoteText(script).slice(1, -1)
  await lane.request(': >"$T/script"')
  for (let at = 0; at < packed.length; ) {
    let end = Math.min(at + CHUNK, packed.length)
    // An escape is not cut in two.
    const cut = packed.lastIndexOf('\\', end - 1)
    if (end < packed.length && cut > end - 5) end = cut
    await lane.request(`printf '%b' '${packed.slice(at, end)}' >>"$T/script"`)
    at = end
  }
  const { status, stdout, stderr } = await lane.request('sh "$T/script"')
  return { status, stdout: stdout.toString(), stderr }
}

/**
 * Talks to a POSIX shell that reads commands from a connection: that of `ssh HOST sh`, or of a serial line. Everything goes over this one
 * connection, also while a write is under way.
 * @throws GuestError GUEST_GONE where the connection ends, GUEST_SILENT where the shell does not answer
 */
export async function connectShell(
  stream: Duplex,
  options: ConnectShellOptions,
): Promise<RemoteShell> {
  const nonce = randomBytes(12).toString('hex')
  const ears = new RemoteEars()
  const lane = new AgentLane(stream, {
    nonce,
    name: options.name,
    onTold: (text) => ears.take(text),
  })
  const ended = new Promise<never>((_, reject) => {
    const end = (): void => {
      const error = gone(options)
      lane.fail(error)
      ears.end()
      reject(error)
    }
    stream.once('close', end)
    stream.once('end', end)
  })
  ended.catch(() => {})
  const over = new AbortController()
  const late = sleep(options.timeoutMs ?? ANSWER_MS, undefined, { signal: over.signal }).then(
    () => {
      throw new GuestError('GUEST_SILENT', `${options.name}: its shell does not answer`)
    },
    () => new Promise<never>(() => {}),
  )
  stream.write(remoteScript(nonce))
  try {
    const kernel = await Promise.race([lane.ready, ended, late])
    return shellOf(lane, { stream, kernel, ears })
  } catch (error) {
    stream.destroy()
    throw error
  } finally {
    over.abort()
  }
}

function shellOf(
  lane: AgentLane,
  {
    stream,
    kernel,
    ears,
  }: { readonly stream: Duplex; readonly kernel: string; readonly ears: RemoteEars },
): RemoteShell {
  const writer = new RemoteWriter(lane)
  const turn = inTurn()
  const close = async (): Promise<void> => {
    stream.end()
    stream.destroy()
  }
  return {
    kernel,
    tree: {
      ...readTree(lane),
      write: (path, text, writing) => writer.write(path, text, writing),
    },
    run: (script) => turn(() => runScript(lane, script)),
    hear: (signal) => ears.hear(lane, signal),
    waitsIn: async () => {
      const { stdout } = await lane.request('waits')
      const name = stdout.toString().trim()
      return name === '' || name === '0' ? undefined : name
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
