import type { Errno } from '../errors/errno'

/** What a notifier answers: an errno refuses with it; `bad` is the bare refusal that reaches the writer as EPERM. @public */
export type NotifierAnswer = 'ok' | 'bad' | Errno

/** A notifier of a chain; higher `priority` is called first. @public */
export interface ChainEntry<Event extends string, Notice> {
  readonly name: string
  readonly priority: number
  /** Answers a notice. Only answers to the events that ask count: `PREPARE`, `GOING`, `ADDING` and `REMOVING`. */
  readonly notifier: (event: Event, notice: Notice) => NotifierAnswer
}

/** A blocking notifier chain: descending priority, registration order among equals. @public */
export interface NotifierChain<Event extends string, Notice> {
  readonly entries: ChainEntry<Event, Notice>[]
}
