import type { Awaitable } from './file-tree'

/**
 * Goes on with a value: at once where it is there, else when it comes. A tree of a large host answers at once, and a promise for each of its
 * files costs more than to read it.
 * @beta
 */
export const andThen = <T, R>(value: Awaitable<T>, go: (value: T) => Awaitable<R>): Awaitable<R> =>
  value instanceof Promise ? value.then(go) : go(value)
