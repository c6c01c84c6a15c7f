import { setTimeout as sleep } from 'node:timers/promises'
import { type Change, changesBetween, ueventOf } from './changes'
import type { Condition } from './condition'
import type { Snapshot } from './snapshot'
import type { UeventSource, Uevents, WatchedUevent } from './uevents'

/** Why a watch ends. */
export type WatchEnd = 'until' | 'time' | 'stopped'

/** What is told while memory is watched. */
export type WatchRecord =
  | {
      readonly kind: 'start'
      readonly blocks: number
      readonly online: number
      readonly blockBytes: number
      readonly memTotal: number | null
      readonly uevents: UeventSource
    }
  | ({ readonly kind: 'uevent' } & WatchedUevent)
  /** What told uevents has ended: states alone are read from here on. */
  | { readonly kind: 'unheard' }
  /** `uevent`: it was announced; `lost`: it was not, though uevents are read; null: none is expected, or none are read. */
  | ({ readonly kind: 'change'; readonly uevent: 'seen' | 'lost' | null } & Change)
  | {
      readonly kind: 'end'
      readonly because: WatchEnd
      readonly changes: number
      readonly lost: number
    }

/** A machine that is watched. */
export interface Watched {
  snapshot(): Promise<Snapshot>
  /** @throws HotplugError NO_SUCH_FILE where there is no memory hot-plug */
  blockBytes(): Promise<number>
  /** Its uevents, where there are any to be had. */
  uevents(signal: AbortSignal): Uevents | Promise<Uevents>
}

/** How memory is watched. Times in milliseconds. */
export interface WatchOptions {
  /** Between two readings of all states. */
  readonly interval: number
  /** The same while uevents are heard, each of which has them read at once. Default: `interval`. */
  readonly intervalHeard?: number
  /**
   * The longest pause where a reading takes long: default none, so that reading takes a tenth of the time. For a reading that
   * mostly waits.
   */
  readonly longestPause?: number
  /** For how long; undefined: until something else ends it. */
  readonly time: number | undefined
  /** All have to hold. */
  readonly until: readonly Condition[]
  readonly signal: AbortSignal
  readonly tell: (record: WatchRecord) => void
}

/** How long a uevent may come behind, or before, what it announces. Half a second is much for a socket. */
const GRACE = 500
/** Between two looks whether a uevent has come. */
const PAUSE = 25
/** Ctrl-C ends what tells uevents as well, and that may be heard of so much sooner. */
const LAST_WORD = 100
/** Reading may take a tenth of the time. */
const SHARE = 10

/** Uevents that came of late. */
class Recent {
  readonly #times = new Map<string, number>()

  add({ action, name }: WatchedUevent): void {
    this.#times.set(`${action} ${name}`, Date.now())
  }

  has({ action, name }: WatchedUevent, since: number): boolean {
    return (this.#times.get(`${action} ${name}`) ?? Number.NEGATIVE_INFINITY) >= since
  }

  /** Takes the uevent out, so that it announces one change only. */
  take(uevent: WatchedUevent, since: number): boolean {
    return this.has(uevent, since) && this.#times.delete(`${uevent.action} ${uevent.name}`)
  }
}

/** Wakes whoever waits: after a time, at a uevent, or when all is over. */
export class Alarm {
  #ring: (() => void) | undefined

  ring(): void {
    this.#ring?.()
  }

  async wait(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#ring = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#ring = undefined
  }
}

/** A watch that runs. */
class Watch {
  readonly #watched: Watched
  readonly #options: WatchOptions
  readonly #recent = new Recent()
  readonly #alarm = new Alarm()
  readonly #ended = new AbortController()
  #isHeard = false
  /** How many uevents came. */
  #heard = 0
  #changes = 0
  #lost = 0

  constructor(watched: Watched, options: WatchOptions) {
    this.#watched = watched
    this.#options = options
  }

  async #listen(events: AsyncIterable<WatchedUevent>): Promise<void> {
    try {
      for await (const uevent of events) {
        this.#heard += 1
        this.#recent.add(uevent)
        this.#options.tell({ kind: 'uevent', ...uevent })
        this.#alarm.ring()
      }
    } catch {
      // A stream that breaks is one that ends: states are read all the same.
    }
    this.#isHeard = false
    await sleep(LAST_WORD)
    if (this.#ended.signal.aborted || this.#options.signal.aborted) return
    this.#options.tell({ kind: 'unheard' })
    this.#alarm.ring()
  }

  #report(change: Change, since: number): void {
    const wanted = ueventOf(change)
    const isRead = wanted !== undefined && this.#isHeard
    const uevent = !isRead ? null : this.#recent.take(wanted, since) ? 'seen' : 'lost'
    this.#changes += 1
    if (uevent === 'lost') this.#lost += 1
    this.#options.tell({ kind: 'change', uevent, ...change })
  }

  /** Waits until every change is announced, or its uevent had its time. */
  async #awaitUevents(changes: readonly Change[], since: number): Promise<void> {
    const wanted = changes.flatMap((change) => ueventOf(change) ?? [])
    const isMissing = (): boolean =>
      this.#isHeard && wanted.some((uevent) => !this.#recent.has(uevent, since))
    const end = Date.now() + GRACE
    while (isMissing() && Date.now() < end) await this.#alarm.wait(PAUSE)
  }

  /** Reads the states, and tells what has changed once uevents had their time. */
  async #reconcile(before: Snapshot, readAt: number): Promise<Snapshot> {
    const now = await this.#watched.snapshot()
    const changes = changesBetween(before, now)
    await this.#awaitUevents(changes, readAt - GRACE)
    for (const change of changes) this.#report(change, readAt - GRACE)
    return now
  }

  /** Between two readings, of which the last took a time. */
  #pause(took: number): number {
    const {
      interval,
      intervalHeard = interval,
      longestPause = Number.POSITIVE_INFINITY,
    } = this.#options
    if (this.#isHeard && intervalHeard > interval) return intervalHeard
    return Math.min(longestPause, Math.max(interval, took * SHARE))
  }

  async run(): Promise<WatchEnd> {
    const { time, until, signal, tell } = this.#options
    const blockBytes = await this.#watched.blockBytes()
    const stop = (): void => this.#alarm.ring()
    signal.addEventListener('abort', stop)
    const { source, events } = await this.#watched.uevents(
      AbortSignal.any([signal, this.#ended.signal]),
    )
    this.#isHeard = events !== undefined
    const listening = events === undefined ? undefined : this.#listen(events)
    const end = time === undefined ? Number.POSITIVE_INFINITY : Date.now() + time
    try {
      let snapshot = await this.#watched.snapshot()
      const states = [...snapshot.blocks.values()]
      tell({
        kind: 'start',
        blocks: states.length,
        online: states.filter((state) => state === 'online').length,
        blockBytes,
        memTotal: snapshot.memTotal ?? null,
        uevents: source,
      })
      for (let [took, heard] = [0, this.#heard]; ; ) {
        const current = snapshot
        if (until.length > 0 && until.every(({ holds }) => holds(current, blockBytes)))
          return 'until'
        if (signal.aborted) return 'stopped'
        if (Date.now() >= end) return 'time'
        const readAt = Date.now()
        // What was told during the last reading is read for at once.
        if (heard === this.#heard)
          await this.#alarm.wait(Math.min(this.#pause(took), Math.max(0, end - readAt)))
        const began = Date.now()
        heard = this.#heard
        snapshot = await this.#reconcile(snapshot, readAt)
        took = Date.now() - began
      }
    } finally {
      signal.removeEventListener('abort', stop)
      this.#ended.abort()
      await listening
    }
  }

  end(because: WatchEnd): void {
    this.#options.tell({ kind: 'end', because, changes: this.#changes, lost: this.#lost })
  }
}

/**
 * Watches memory: its uevents, where they can be had, and its states at intervals, held against each other.
 * @returns why it ended
 * @throws HotplugError NO_SUCH_FILE where there is no memory hot-plug
 */
export async function watchMemory(watched: Watched, options: WatchOptions): Promise<WatchEnd> {
  const watch = new Watch(watched, options)
  const because = await watch.run()
  watch.end(because)
  return because
}
