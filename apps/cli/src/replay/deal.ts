import type { FileOutcome } from './replay-file'

/** Files that threads take one after the other, each when it is done with the one before. Threads can send it each other. */
export interface Deal {
  readonly paths: readonly string[]
  /** How many are taken: of all, from the first on, from the last on. In memory that all threads share. */
  readonly taken: Int32Array
}

const ALL = 0
const FROM = { first: 1, last: 2 } as const

/**
 * Where a thread begins to take. Files that lie side by side are much alike: a thread that has had one has compiled what the next
 * needs.
 */
type End = keyof typeof FROM

export const dealOf = (paths: readonly string[]): Deal => ({
  paths,
  taken: new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)),
})

/** Takes what is left, so that no thread takes any more. */
export const endDeal = ({ paths, taken }: Deal): void =>
  void Atomics.store(taken, ALL, paths.length)

/** @returns the place in `paths` of a file that nothing else has taken; undefined where none is left */
function take({ paths, taken }: Deal, end: End): number | undefined {
  if (Atomics.add(taken, ALL, 1) >= paths.length) return undefined
  const before = Atomics.add(taken, FROM[end], 1)
  return end === 'first' ? before : paths.length - 1 - before
}

/** What a thread is given. */
export interface ReplayTask {
  readonly deal: Deal
  readonly end: End
}

/** What a thread does with the files that it takes. */
export interface Taker {
  readonly end: End
  replay(path: string): Promise<FileOutcome>
  /** Told what each file came to. @param place in `paths` */
  tell(place: number, outcome: FileOutcome): void
}

/** Takes files until none is left. */
export async function replayDeal(deal: Deal, { end, replay, tell }: Taker): Promise<void> {
  for (let place = take(deal, end); place !== undefined; place = take(deal, end))
    tell(place, await replay(deal.paths[place] ?? ''))
}
