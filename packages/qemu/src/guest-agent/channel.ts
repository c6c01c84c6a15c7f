import { randomInt } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { GuestError } from '../launch/guest-error'
import { openStream } from '../qmp/connect'
import { QmpConnectionError } from '../qmp/errors'
import { inTurn } from '../stream/in-turn'
import { LineSplitter } from '../stream/line-splitter'

/** What carries commands to QEMU's agent in a guest, one after another. */
export interface AgentChannel {
  /** @throws AgentRefusal where the agent refuses; GuestError where it is gone or does not answer */
  ask(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>
  close(): Promise<void>
}

/** The agent refused a command. */
export class AgentRefusal extends Error {
  override readonly name = 'AgentRefusal'
  readonly command: string
  readonly desc: string

  constructor(command: string, desc: string) {
    super(`${command}: ${desc}`)
    this.command = command
    this.desc = desc
  }
}

/** The answer in a line of the agent. @throws AgentRefusal; GuestError AGENT_FAULT for a line of another shape */
export function answerIn(line: string, command: string): unknown {
  let message: unknown
  try {
    message = JSON.parse(line)
  } catch {
    message = undefined
  }
  if (typeof message === 'object' && message !== null) {
    if ('return' in message) return message.return
    if ('error' in message) {
      const { error } = message
      const isTold = typeof error === 'object' && error !== null && 'desc' in error
      throw new AgentRefusal(command, isTold ? String(error.desc) : JSON.stringify(error))
    }
  }
  throw new GuestError('AGENT_FAULT', `${command}: the guest’s agent said ${line.slice(0, 80)}`)
}

/** Resets what the agent has read so far, and comes before what it answers then. Source: QEMU 7.2, qga/qapi-schema.json. */
const SENTINEL = 0xff
const LARGEST_ID = 2 ** 31
const LONGEST_LINE = 64 * 2 ** 20
const SYNC_MS = 10_000

export interface AgentSocketOptions {
  /** What to call the guest in messages. */
  readonly name: string
  /** Milliseconds until the agent must have answered first. Default 10 000. */
  readonly timeoutMs?: number
}

/** A connection to the socket of an agent's port. */
class SocketChannel implements AgentChannel {
  readonly #stream: Duplex
  readonly #name: string
  readonly #lines: string[] = []
  #wake: () => void = () => {}
  #end: GuestError | undefined
  /** Commands are answered one after another, in their order. */
  readonly #inTurn = inTurn()

  constructor(stream: Duplex, name: string) {
    this.#stream = stream
    this.#name = name
    const splitter = new LineSplitter({ limitBytes: LONGEST_LINE })
    stream.on('data', (chunk: Buffer) => {
      try {
        this.#lines.push(...splitter.push(chunk.filter((byte) => byte !== SENTINEL)))
      } catch (error) {
        stream.destroy(error as Error)
      }
      this.#wake()
    })
    const end = (): void => {
      this.#end ??= new GuestError('GUEST_GONE', `the connection to the agent of ${name} has ended`)
      this.#wake()
    }
    for (const event of ['end', 'close', 'error']) stream.on(event, end)
  }

  /** Throws away what is left of an earlier client, on both sides. */
  async sync(timeoutMs: number): Promise<void> {
    const id = randomInt(LARGEST_ID)
    const text = JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } })
    this.#stream.write(Buffer.concat([Buffer.from([SENTINEL]), Buffer.from(`${text}\n`)]))
    const over = new AbortController()
    const late = sleep(timeoutMs, undefined, { signal: over.signal }).then(
      () => {
        throw new GuestError('GUEST_SILENT', `the agent of ${this.#name} does not answer`, {
          remedy: 'start qemu-guest-agent in the guest; its port serves one client at a time',
        })
      },
      () => new Promise<never>(() => {}),
    )
    try {
      for (;;) {
        const line = await Promise.race([this.#line(), late])
        if (line.includes(`${id}`)) return
      }
    } finally {
      over.abort()
    }
  }

  ask(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.#inTurn(async () => {
      if (this.#end !== undefined) throw this.#end
      this.#stream.write(`${JSON.stringify({ execute: command, arguments: args })}\n`)
      return answerIn(await this.#line(), command)
    })
  }

  async close(): Promise<void> {
    this.#stream.end()
    this.#stream.destroy()
  }

  async #line(): Promise<string> {
    for (;;) {
      const line = this.#lines.shift()
      if (line !== undefined) return line
      if (this.#end !== undefined) throw this.#end
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

/**
 * Connects to QEMU's agent in a guest by the socket of its port.
 * @throws GuestError GUEST_GONE where nothing listens there, GUEST_SILENT where the agent does not answer
 */
export async function connectAgent(
  path: string,
  { name, timeoutMs = SYNC_MS }: AgentSocketOptions,
): Promise<AgentChannel> {
  const stream = await openStream({ path }, undefined).catch((error: unknown) => {
    if (!(error instanceof QmpConnectionError)) throw error
    throw new GuestError('GUEST_GONE', error.message, { cause: error })
  })
  const channel = new SocketChannel(stream, name)
  try {
    await channel.sync(timeoutMs)
    return channel
  } catch (error) {
    stream.destroy()
    throw error
  }
}
