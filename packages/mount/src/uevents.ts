import type { Machine, Uevent } from '@memhp/core'

/** How listeners hear of uevents: as they are sent, when they are delivered again, or never. @public */
export type UeventDelivery = 'prompt' | 'held' | 'lost'

/** Passes uevents of a machine on to listeners. */
export class UeventRelay {
  readonly #listeners = new Set<(uevent: Uevent) => void>()
  readonly #held: Uevent[] = []
  #delivery: UeventDelivery = 'prompt'

  constructor(machine: Machine) {
    this.end = machine.observe(
      (event) => {
        if (event.kind === 'uevent') this.#take(event.uevent)
      },
      { kinds: ['uevent'] },
    )
  }

  /** Passes nothing on any more. */
  readonly end: () => void

  /** Calls a listener with each uevent that is delivered, until the returned function is called. */
  hear(listener: (uevent: Uevent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Delivers what is sent from now on so. What was held is delivered now, or is lost. */
  deliver(delivery: UeventDelivery): void {
    this.#delivery = delivery
    if (delivery === 'held') return
    const held = this.#held.splice(0)
    if (delivery === 'prompt') for (const uevent of held) this.#tell(uevent)
  }

  #take(uevent: Uevent): void {
    if (this.#delivery === 'held') this.#held.push(uevent)
    if (this.#delivery === 'prompt') this.#tell(uevent)
  }

  #tell(uevent: Uevent): void {
    for (const listener of this.#listeners) listener(uevent)
  }
}
