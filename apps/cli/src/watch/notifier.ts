import type { CliContext } from '../context'
import { addressOf, tellAddress, tellProgram } from '../output/notify'
import type { WatchRecord } from './watch'

/** Who is told of changes. */
export interface NotifyFlags {
  readonly exec?: string
  readonly post?: string
}

type ChangeRecord = Extract<WatchRecord, { kind: 'change' }>

/** Most changes that wait until a message before them is told. */
const MOST_WAITING = 100_000

/** Tells a program and an address of changes, one message after another: what changes meanwhile goes together into the next. */
export class Notifier {
  readonly #line: string | undefined
  readonly #url: URL | undefined
  readonly #context: CliContext
  readonly #stop = new AbortController()
  #waiting: ChangeRecord[] = []
  #dropped = 0
  #telling: Promise<void> | undefined

  /** @throws CliError for an address that is none */
  constructor({ exec, post }: NotifyFlags, context: CliContext) {
    this.#line = exec
    this.#url = post === undefined ? undefined : addressOf(post)
    this.#context = context
  }

  add(record: WatchRecord): void {
    if (record.kind !== 'change' || (this.#line === undefined && this.#url === undefined)) return
    if (this.#waiting.length >= MOST_WAITING) this.#dropped += 1
    else this.#waiting.push(record)
    this.#telling ??= this.#tell()
  }

  async #tell(): Promise<void> {
    // What else changes in the same moment belongs to it.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const message = {
        version: 1,
        time: new Date().toISOString(),
        changes: this.#waiting,
        dropped: this.#dropped,
      }
      this.#waiting = []
      this.#dropped = 0
      const { signal } = this.#stop
      const [line, url] = [this.#line, this.#url]
      if (line !== undefined) this.#warn('--exec', await tellProgram(line, message, signal))
      if (url !== undefined) this.#warn(`--post ${url}`, await tellAddress(url, message, signal))
    }
    this.#telling = undefined
  }

  #warn(what: string, why: string | undefined): void {
    if (why !== undefined && !this.#stop.signal.aborted)
      this.#context.warn(`memhp: ${what}: ${why}`)
  }

  /** Waits until all is told. @param isStopped ends what is being told at once */
  async end(isStopped: boolean): Promise<void> {
    if (isStopped) {
      this.#waiting = []
      this.#stop.abort()
    }
    await this.#telling
  }
}
