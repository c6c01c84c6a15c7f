import { Duplex } from 'node:stream'
import { QmpClient, type QmpClientOptions } from '../src/index'

/** What the client sent. */
export interface Received {
  readonly execute?: string
  readonly 'exec-oob'?: string
  readonly arguments?: Readonly<Record<string, unknown>>
  readonly id: number
}

export const GREETING = {
  QMP: {
    version: { qemu: { major: 7, minor: 2, micro: 22 }, package: 'Debian' },
    capabilities: ['oob'],
  },
}

export const event = (name: string, data: object = {}): object => ({
  event: name,
  data,
  timestamp: { seconds: 1, microseconds: 2 },
})

/** The other end of a QMP connection, in this process. Says nothing by itself but its part of the handshake. */
export class FakeMonitor {
  readonly received: Received[] = []
  readonly stream: Duplex
  /** Set to keep the client's writes from being taken. */
  onWrite: (done: () => void) => void = (done) => done()
  onCommand: (command: Received) => void = () => {}
  #rest = ''

  constructor() {
    this.stream = new Duplex({
      writableHighWaterMark: 256,
      read: () => {},
      write: (chunk: Buffer, _, done) => {
        this.#take(chunk.toString())
        this.onWrite(done)
      },
    })
  }

  /** Text and bytes go as they are; an object as a line of JSON. */
  send(message: object | string | Uint8Array): void {
    const isRaw = typeof message === 'string' || message instanceof Uint8Array
    this.stream.push(isRaw ? message : `${JSON.stringify(message)}\r\n`)
  }

  reply(id: number, value: unknown = {}): void {
    this.send({ return: value, id })
  }

  refuse(id: number, desc: string): void {
    this.send({ id, error: { class: 'GenericError', desc } })
  }

  /** QEMU ends: the connection is closed in good order. */
  hangUp(): void {
    this.stream.push(null)
  }

  /** The last command, once it has arrived. */
  last(): Received {
    const command = this.received.at(-1)
    if (command === undefined) throw new Error('nothing was received')
    return command
  }

  /** Greets and takes whatever capabilities are asked for; then `onCommand` gets the commands. */
  async connect(options: QmpClientOptions = {}): Promise<QmpClient> {
    this.send(GREETING)
    const client = await QmpClient.connect({ stream: this.stream }, options)
    return client
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      const command = JSON.parse(line) as Received
      if (command.execute === 'qmp_capabilities') this.reply(command.id)
      else this.received.push(command)
      this.onCommand(command)
    }
  }
}

/** Lets what is under way arrive. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A client that has shaken hands, and its monitor. */
export async function connected(options: QmpClientOptions = {}): Promise<{
  readonly monitor: FakeMonitor
  readonly client: QmpClient
}> {
  const monitor = new FakeMonitor()
  return { monitor, client: await monitor.connect(options) }
}

/** What a promise rejects with. @throws Error where it does not */
export const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not reject')
}
