import type { Duplex } from 'node:stream'
import { LineFault, LineSplitter } from '../stream/line-splitter'
import { CommandQueue, type QmpRequest } from './command-queue'
import type {
  ExecuteOptions,
  ExecuteRest,
  QmpArguments,
  QmpCommandName,
  QmpResult,
} from './commands'
import { openStream, type QmpPeer } from './connect'
import { QmpConnectionError } from './errors'
import { EventHub, type Unsubscribe, type WaitOptions } from './event-hub'
import { type EventStreamOptions, eventStream } from './event-stream'
import type { QmpEvent, QmpEventName } from './events'
import { shakeHands } from './handshake'
import { type QmpGreeting, type QmpMessage, readMessage } from './message'
import { isResultOf } from './result-shapes'

/** Something that the peer said and that fits nothing. The connection goes on, but for a reply while commands wait. */
export interface QmpAnomaly {
  readonly kind: 'reply to nothing' | 'unknown message'
  readonly message: QmpMessage
}

export interface QmpClientOptions {
  /** Ask for commands that are carried out at once (`oob`), where the peer offers them. Default false. */
  readonly outOfBand?: boolean
  /** Milliseconds that a command may take unless it says otherwise. Default 60 000. */
  readonly timeoutMs?: number
  /** Milliseconds until the peer must have greeted and taken the capabilities. Default 10 000. */
  readonly handshakeTimeoutMs?: number
  /** The longest line that the peer may send. Default 16 MiB. */
  readonly maxLineBytes?: number
  /** Commands without a reply at a time; more wait here. Default 8, the length of QEMU's own queue. */
  readonly maxInFlight?: number
  readonly onAnomaly?: (anomaly: QmpAnomaly) => void
  /** Stops the connecting. Of no effect later. */
  readonly signal?: AbortSignal
}

const TIMEOUT_MS = 60_000
const MAX_LINE_BYTES = 16 * 2 ** 20
const MAX_IN_FLIGHT = 8

const NOT_GREETED: QmpGreeting = {
  version: { qemu: { major: 0, minor: 0, micro: 0 }, package: '' },
  capabilities: [],
}

/** The beginning of what the peer said, as it is quoted. */
const excerptOf = (text: string): string => JSON.stringify(text.slice(0, 80))

/** A connection to one QMP monitor. */
export class QmpClient implements AsyncDisposable {
  /** Resolves, with the reason, when the connection has ended. Never rejects. */
  readonly closed: Promise<QmpConnectionError>
  readonly #stream: Duplex
  readonly #options: QmpClientOptions
  readonly #events = new EventHub()
  readonly #commands: CommandQueue
  readonly #lines: LineSplitter
  #greeting: QmpGreeting = NOT_GREETED
  #failure: QmpConnectionError | undefined
  #onGreeting: (greeting: QmpGreeting) => void = () => {}
  #onClosed: (error: QmpConnectionError) => void = () => {}

  private constructor(stream: Duplex, options: QmpClientOptions) {
    this.#stream = stream
    this.#options = options
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve
    })
    this.#lines = new LineSplitter({ limitBytes: options.maxLineBytes ?? MAX_LINE_BYTES })
    this.#commands = new CommandQueue({
      maxInFlight: options.maxInFlight ?? MAX_IN_FLIGHT,
      send: (line) => stream.write(line),
    })
    const lost = (message: string, cause?: Error): void =>
      this.#fail(new QmpConnectionError('lost', message, { cause }))
    if (stream.destroyed || stream.readableEnded) lost('the stream had ended already')
    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk))
    stream.on('drain', () => this.#commands.drained())
    stream.on('end', () => lost('QEMU closed the connection; it may have ended'))
    stream.on('error', (error: Error) => lost(`the connection broke: ${error.message}`, error))
    stream.on('close', () => lost('the connection broke'))
  }

  /**
   * Connects and does the handshake.
   * @param peer the path of a monitor's unix socket, or a stream that is connected to one
   * @throws QmpConnectionError `refused`, `handshake`, `protocol`, `lost`; the signal's reason
   */
  static async connect(peer: QmpPeer, options: QmpClientOptions = {}): Promise<QmpClient> {
    const client = new QmpClient(await openStream(peer, options.signal), options)
    try {
      client.#greeting = await shakeHands({
        greeted: new Promise((resolve) => {
          client.#onGreeting = resolve
        }),
        closed: client.closed,
        send: (args) => client.#commands.submit({ command: 'qmp_capabilities', args }, {}),
        ...options,
      })
      return client
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      client.#fail(new QmpConnectionError('closed', reason, { cause: error }))
      throw error
    }
  }

  /** What QEMU said first: its version, and what can be asked for. */
  get greeting(): QmpGreeting {
    return this.#greeting
  }

  /** False once the connection has ended. */
  get isOpen(): boolean {
    return this.#failure === undefined
  }

  /** Commands that were sent and have no reply yet, the oldest first; after the end, those that had none then. */
  get inFlight(): readonly QmpRequest[] {
    return this.#commands.inFlight
  }

  /**
   * Has a command carried out.
   * @returns what QEMU gives back
   * @throws QmpError where QEMU refuses, QmpTimeoutError, QmpConnectionError, `protocol` also for a result that cannot be
   *   one of this command; the signal's reason
   */
  async execute<Name extends QmpCommandName>(
    command: Name,
    ...rest: ExecuteRest<Name>
  ): Promise<QmpResult<Name>> {
    const [args, options] = rest as [args?: QmpArguments, options?: ExecuteOptions]
    const timeoutMs = this.#options.timeoutMs ?? TIMEOUT_MS
    const value = await this.#commands.submit({ command, args }, { timeoutMs, ...options })
    if (isResultOf(command, value)) return value as QmpResult<Name>
    const message = `${command}: this is not its result: ${excerptOf(JSON.stringify(value))}`
    const error = new QmpConnectionError('protocol', message, { command })
    this.#fail(error)
    throw error
  }

  /** Calls `listener` for each event of a name until the returned function is called. */
  on<Name extends QmpEventName>(
    name: Name,
    listener: (event: QmpEvent<Name>) => void,
  ): Unsubscribe {
    return this.#events.on(name, listener)
  }

  /** Calls `listener` for every event until the returned function is called. */
  onEvent(listener: (event: QmpEvent) => void): Unsubscribe {
    return this.#events.on(undefined, listener)
  }

  /**
   * Waits for an event. Ask before sending the command that brings it about: what came earlier is gone.
   * @throws QmpTimeoutError, QmpConnectionError; the signal's reason; what the predicate throws
   */
  waitForEvent<Name extends QmpEventName>(
    name: Name,
    predicate: (event: QmpEvent<Name>) => boolean = () => true,
    options: WaitOptions = {},
  ): Promise<QmpEvent<Name>> {
    return this.#events.wait(name, predicate, options)
  }

  /** Every event from now on, to loop over; ends with the connection. */
  events(options: EventStreamOptions = {}): AsyncGenerator<QmpEvent, void, undefined> {
    return eventStream(
      { listen: (listener) => this.onEvent(listener), closed: this.closed },
      options,
    )
  }

  /** Ends the connection; the guest runs on. What has no reply yet is rejected. */
  async close(): Promise<void> {
    this.#fail(new QmpConnectionError('closed', 'the connection was closed'))
    await this.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const line of this.#lines.push(chunk)) {
        if (this.#failure !== undefined) return
        this.#take(line)
      }
    } catch (error) {
      if (!(error instanceof LineFault)) throw error
      this.#fail(
        new QmpConnectionError('protocol', `this is not QMP: ${error.message}`, { cause: error }),
      )
    }
  }

  #take(line: string): void {
    const message = readMessage(line)
    if (message === undefined) {
      this.#fail(new QmpConnectionError('protocol', `this is not QMP: ${excerptOf(line)}`))
      return
    }
    switch (message.kind) {
      case 'greeting':
        this.#onGreeting(message.greeting)
        break
      case 'event':
        this.#events.emit(message.event)
        break
      case 'unknown':
        this.#options.onAnomaly?.({ kind: 'unknown message', message })
        break
      default: {
        if (this.#commands.settle(message)) return
        this.#options.onAnomaly?.({ kind: 'reply to nothing', message })
        // One of those that wait was meant, and no other reply to it will come.
        if (this.#commands.inFlight.length === 0) return
        const what = `a reply to no command that was sent: ${excerptOf(line)}`
        this.#fail(new QmpConnectionError('protocol', what))
      }
    }
  }

  #fail(error: QmpConnectionError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#stream.destroy()
    this.#onClosed(error)
    this.#commands.fail(error)
    this.#events.fail(error)
  }
}
