import { randomUUID } from 'node:crypto'
import { isHotplugError, ONLINE_TYPES } from '@memhp/core'
import type { WritablePlace } from './live-target'

/** A write that was asked for, and not allowed yet. */
export interface AskedWrite {
  readonly path: string
  readonly text: string
}

/** What is answered: an HTTP status and what to tell. */
export interface WriteAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const refuse = (status: number, message: string): WriteAnswer => ({ status, body: { message } })

/** The only files that the page may write. */
const STATE = /^\/sys\/devices\/system\/memory\/memory\d+\/state$/

/** A question is answered within this time, or not at all. In milliseconds. */
const PATIENCE = 60_000
const MOST_QUESTIONS = 16

const isAsked = (value: unknown): value is AskedWrite =>
  typeof value === 'object' &&
  value !== null &&
  'path' in value &&
  typeof value.path === 'string' &&
  'text' in value &&
  typeof value.text === 'string'

/** Writes by the page: each is asked for first, and done once, when the question was answered. */
export class Writes {
  readonly #place: WritablePlace | null
  readonly #now: () => number
  readonly #asked = new Map<string, AskedWrite & { readonly until: number }>()

  /** @param place where writes go; null where none are allowed */
  constructor(place: WritablePlace | null, now: () => number = Date.now) {
    this.#place = place
    this.#now = now
  }

  /** Asks for a write. Nothing is written. @returns a ticket, good once, and the question */
  ask(wanted: unknown): WriteAnswer {
    if (this.#place === null)
      return refuse(
        403,
        'Nothing may be written: memhp dashboard --allow-write with --sysroot, --ssh, --agent or --libvirt',
      )
    if (!isAsked(wanted)) return refuse(400, 'A write has a path and a text.')
    const { path, text } = wanted
    if (!STATE.test(path)) return refuse(403, 'Only the state of a memory block may be written.')
    if (!ONLINE_TYPES.some((type) => type === text))
      return refuse(400, `${JSON.stringify(text)} is not a state: ${ONLINE_TYPES.join(', ')}.`)
    for (const [ticket, { until }] of this.#asked)
      if (until < this.#now()) this.#asked.delete(ticket)
    if (this.#asked.size >= MOST_QUESTIONS) return refuse(429, 'Too many questions are open.')
    const ticket = randomUUID()
    this.#asked.set(ticket, { path, text, until: this.#now() + PATIENCE })
    const question = `Write “${text}” to ${this.#place.place}${path}?`
    return { status: 200, body: { ticket, question } }
  }

  /** Does what was asked for with a ticket. */
  async confirm(ticket: unknown): Promise<WriteAnswer> {
    const asked = typeof ticket === 'string' ? this.#asked.get(ticket) : undefined
    if (asked === undefined || this.#place === null || asked.until < this.#now())
      return refuse(409, 'The question is not open any more: ask again.')
    this.#asked.delete(String(ticket))
    try {
      await this.#place.write(asked.path, asked.text)
      return { status: 200, body: {} }
    } catch (error) {
      if (!isHotplugError(error)) throw error
      return refuse(422, `${error.errno}: ${error.message}`)
    }
  }
}
