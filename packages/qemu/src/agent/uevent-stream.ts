import type { Readable } from 'node:stream'
import { LineFault, LineSplitter } from '../stream/line-splitter'

/** What the kernel told about one of its objects. */
export interface Uevent {
  readonly action: string
  /** Path below /sys. */
  readonly devpath: string
  readonly subsystem: string
  /** The kernel's count of all uevents. */
  readonly seqnum: number
  readonly fields: Readonly<Record<string, string>>
}

const LONGEST_LINE_BYTES = 64 * 1024
const FIELD = /^([A-Z_0-9]+)=(.*)$/

/** The uevents of a guest, as busybox's `uevent` prints them: fields one a line, `SEQNUM` last. */
export class UeventStream {
  readonly #lines = new LineSplitter({ limitBytes: LONGEST_LINE_BYTES })
  readonly #listeners = new Set<(uevent: Uevent) => void>()
  #fields: Record<string, string> = {}
  #lastSeqnum = 0
  #missed = 0

  constructor(stream: Readable) {
    stream.on('data', (chunk: Buffer) => {
      try {
        for (const line of this.#lines.push(chunk)) this.#take(line)
      } catch (error) {
        if (!(error instanceof LineFault)) throw error
        this.#missed += 1
      }
    })
    stream.on('error', () => {})
  }

  /** The number of the last uevent that arrived; 0 before the first. */
  get lastSeqnum(): number {
    return this.#lastSeqnum
  }

  /** How many never arrived: the kernel drops them when they are not read in time. */
  get missed(): number {
    return this.#missed
  }

  /** Calls `listener` for each uevent until the returned function is called. */
  onUevent(listener: (uevent: Uevent) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  #take(line: string): void {
    const [, key, value] = FIELD.exec(line) ?? []
    // The kernel's first line, `add@/devices/…`, repeats two of the fields.
    if (key === undefined || value === undefined) {
      this.#fields = {}
      return
    }
    this.#fields[key] = value
    if (key !== 'SEQNUM') return
    const { ACTION = '', DEVPATH = '', SUBSYSTEM = '' } = this.#fields
    const uevent: Uevent = {
      action: ACTION,
      devpath: DEVPATH,
      subsystem: SUBSYSTEM,
      seqnum: Number(value),
      fields: this.#fields,
    }
    if (this.#lastSeqnum > 0) this.#missed += Math.max(0, uevent.seqnum - this.#lastSeqnum - 1)
    this.#lastSeqnum = uevent.seqnum
    this.#fields = {}
    for (const listener of [...this.#listeners]) listener(uevent)
  }
}
