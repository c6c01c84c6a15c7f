import { type Machine, registerMemoryNotifier } from '@memhp/core'
import type { Heard } from './step'

type Lists = { -readonly [List in keyof Heard]: [...Heard[List]] }

const NOTHING: Heard = { uevents: [], notices: [], platform: [], log: [] }

const emptyLists = (): Lists => ({ uevents: [], notices: [], platform: [], log: [] })

/** Records what happens on a machine and what its notifier chain is told. */
export class Ear {
  #heard = emptyLists()
  readonly #ends: readonly (() => void)[]

  constructor(machine: Machine) {
    const forget = registerMemoryNotifier(machine.memoryChain, {
      name: 'invariants',
      priority: Number.POSITIVE_INFINITY,
      notifier: (event, notice) => {
        this.#heard.notices.push({ event, ...notice })
        return 'ok'
      },
    })
    const unsubscribe = machine.observe(
      (event) => {
        if (event.kind === 'uevent') this.#heard.uevents.push(event.uevent)
        if (event.kind === 'platform') this.#heard.platform.push(event.event)
        if (event.kind === 'log') this.#heard.log.push(event.line)
      },
      { kinds: ['uevent', 'platform', 'log'] },
    )
    this.#ends = [forget, unsubscribe]
  }

  /** What was heard since the last time. */
  take(): Heard {
    const heard = this.#heard
    const { uevents, notices, platform, log } = heard
    if (uevents.length + notices.length + platform.length + log.length === 0) return NOTHING
    this.#heard = emptyLists()
    return heard
  }

  end(): void {
    for (const end of this.#ends) end()
  }
}
