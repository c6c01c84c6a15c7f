import type { AgentLane } from '../agent/lane'
import type { Uevent } from '../agent/uevent-stream'

/** A uevent, as a machine elsewhere tells it. */
export type HeardUevent = Pick<Uevent, 'action' | 'devpath'>

/** Uevents of a machine elsewhere. */
export interface RemoteUevents {
  /** The program there that hears them: udevadm monitor, or busybox's uevent. */
  readonly by: 'udevadm' | 'busybox'
  /** As they come; it ends when the program there or the connection does. */
  readonly events: AsyncIterable<HeardUevent>
}

/** Takes what a machine elsewhere tells unasked, for whoever listens. */
export class RemoteEars {
  readonly #waiting: HeardUevent[] = []
  #isOver = false
  #wake: () => void = () => {}

  /** @param text action and path; empty where no more will come */
  take(text: string): void {
    const [action = '', devpath] = text.split(' ')
    if (devpath === undefined) this.end()
    else this.#waiting.push({ action, devpath })
    this.#wake()
  }

  end(): void {
    this.#isOver = true
    this.#wake()
  }

  async hear(lane: AgentLane, signal: AbortSignal): Promise<RemoteUevents | undefined> {
    this.#isOver = false
    const by = (await lane.request('hear')).stdout.toString().trim()
    if (by !== 'udevadm' && by !== 'busybox') return undefined
    // It is over once nothing listens there any more.
    const stop = (): void =>
      void lane
        .request('unhear')
        .catch(() => {})
        .finally(() => this.end())
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    return { by, events: this.#events() }
  }

  async *#events(): AsyncGenerator<HeardUevent> {
    for (;;) {
      const next = this.#waiting.shift()
      if (next !== undefined) yield next
      else if (this.#isOver) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}
