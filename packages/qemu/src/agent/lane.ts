import type { Duplex } from 'node:stream'
import { GuestError } from '../launch/guest-error'
import { ByteBuffer } from './byte-buffer'

/** What a request to the agent gave. */
export interface AgentAnswer {
  /** The exit status; 128 and a signal's number for what was killed. */
  readonly status: number
  readonly stdout: Buffer
  readonly stderr: string
}

interface Request {
  readonly id: number
  readonly script: string
  readonly resolve: (answer: AgentAnswer) => void
  readonly reject: (error: Error) => void
}

export interface LaneOptions {
  /** The word that marks the end of an answer; it is in the agent's script too. */
  readonly nonce: string
  /** What to call the lane in errors. */
  readonly name: string
  /** Milliseconds until an answer must be there; for ever where absent. */
  readonly timeoutMs?: number
  /** Is told what comes unasked, wherever in an answer that is: `\n@NONCE U TEXT\n`, written at once. */
  readonly onTold?: (text: string) => void
}

const NEWLINE = 0x0a
/** More than a terminal keeps for a slow reader. */
const LONGEST_REQUEST_BYTES = 32 * 1024

/** One serial line to the agent: it carries out one request after another. */
export class AgentLane {
  /** Resolves with the release of the guest's kernel, once the agent has greeted. */
  readonly ready: Promise<string>
  readonly #stream: Duplex
  readonly #options: LaneOptions
  readonly #mark: Buffer
  readonly #queue: Request[] = []
  readonly #buffer = new ByteBuffer()
  /** Offset of the line that is not complete yet, and up to where it has no end. */
  #lineStart = 0
  #searched = 0
  #standardError: { readonly markStart: number; readonly start: number } | undefined
  #current: Request | undefined
  #isReady = false
  #greet: (release: string) => void = () => {}
  #lastId = 0
  #failure: Error | undefined

  constructor(stream: Duplex, options: LaneOptions) {
    this.#stream = stream
    this.#options = options
    this.#mark = Buffer.from(`@${options.nonce} `)
    this.ready = new Promise((resolve) => {
      this.#greet = resolve
    })
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    stream.on('error', () => {})
  }

  /** Requests that were not answered yet. */
  get pending(): number {
    return this.#queue.length + (this.#current === undefined ? 0 : 1)
  }

  /**
   * Has the agent evaluate a line of ash. What comes after its time is not waited for, but the lane is: the agent is
   * still at it.
   * @throws GuestError GUEST_GONE, GUEST_SILENT, AGENT_FAULT
   */
  request(script: string): Promise<AgentAnswer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (script.includes('\n') || Buffer.byteLength(script) > LONGEST_REQUEST_BYTES) {
      return Promise.reject(new GuestError('AGENT_FAULT', 'a request is one line of up to 32 KiB'))
    }
    const { timeoutMs, name } = this.#options
    return new Promise((resolve, reject) => {
      const silent = (): void => {
        const seconds = Math.round((timeoutMs ?? 0) / 1000)
        const message = `${name}: no answer within ${seconds} s to ${script.slice(0, 200)}`
        reject(new GuestError('GUEST_SILENT', message))
      }
      const timer = timeoutMs === undefined ? undefined : setTimeout(silent, timeoutMs)
      this.#queue.push({
        id: ++this.#lastId,
        script,
        resolve: (answer) => {
          clearTimeout(timer)
          resolve(answer)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      })
      this.#next()
    })
  }

  /**
   * Takes back a request that the agent has not got yet.
   * @returns false where it has it already, or has answered
   */
  withdraw(script: string, reason: Error): boolean {
    const place = this.#queue.findIndex((request) => request.script === script)
    const [request] = place === -1 ? [] : this.#queue.splice(place, 1)
    request?.reject(reason)
    return request !== undefined
  }

  /** Ends every request, and those to come. */
  fail(error: Error): void {
    this.#failure ??= error
    const all = [this.#current, ...this.#queue]
    this.#current = undefined
    this.#queue.length = 0
    for (const request of all) request?.reject(error)
  }

  #next(): void {
    if (!this.#isReady || this.#current !== undefined) return
    this.#current = this.#queue.shift()
    if (this.#current === undefined) return
    this.#stream.write(`${this.#current.id} ${this.#current.script}\n`)
  }

  #receive(chunk: Buffer): void {
    this.#buffer.append(chunk)
    while (true) {
      const end = this.#buffer.indexOf(NEWLINE, this.#searched)
      if (end === -1) break
      const start = this.#lineStart
      this.#lineStart = end + 1
      this.#searched = end + 1
      if (this.#buffer.hasAt(this.#mark, start)) this.#takeMark(start, end)
    }
    this.#searched = this.#buffer.length
  }

  /** A line that begins with the mark: `ready RELEASE`, `U TEXT`, `E` before standard error, or `ID STATUS` at the end. */
  #takeMark(start: number, end: number): void {
    const text = this.#buffer.slice(start + this.#mark.length, end).toString()
    const [word = '', rest = ''] = text.split(' ')
    if (word === 'E') this.#standardError ??= { markStart: start, start: end + 1 }
    else if (word === 'ready') this.#greeted(rest, end)
    else if (word === 'U') this.#told(text.slice(2), { start, end })
    else this.#answered(Number(word), Number(rest), { start, end })
  }

  /** Takes it out with the newline before it: it may stand in the midst of a line. */
  #told(text: string, { start, end }: { readonly start: number; readonly end: number }): void {
    const from = Math.max(0, start - 1)
    this.#buffer.cut(from, end + 1)
    this.#searched = from
    this.#lineStart = this.#buffer.lastIndexOf(NEWLINE, from) + 1
    this.#options.onTold?.(text)
  }

  #answered(
    id: number,
    status: number,
    mark: { readonly start: number; readonly end: number },
  ): void {
    const request = this.#current
    const middle = this.#standardError
    if (request?.id !== id || middle === undefined || !Number.isInteger(status)) {
      this.fail(new GuestError('AGENT_FAULT', `${this.#options.name}: half an answer`))
      return
    }
    // Each mark stands on a separate line, so that a newline was put before it.
    const stdout = this.#buffer.slice(0, Math.max(0, middle.markStart - 1))
    const stderr = this.#buffer.slice(middle.start, Math.max(middle.start, mark.start - 1))
    this.#forget(mark.end)
    this.#current = undefined
    request.resolve({ status, stdout, stderr: stderr.toString() })
    this.#next()
  }

  /** The agent greets when it starts, and again when ash left it because of an error in a request. */
  #greeted(release: string, end: number): void {
    this.#forget(end)
    this.#isReady = true
    this.#greet(release)
    const interrupted = this.#current
    this.#current = undefined
    interrupted?.reject(
      new GuestError('AGENT_FAULT', `ash could not evaluate: ${interrupted.script.slice(0, 200)}`),
    )
    this.#next()
  }

  #forget(end: number): void {
    this.#buffer.dropBefore(end + 1)
    this.#lineStart = 0
    this.#searched = 0
    this.#standardError = undefined
  }
}
