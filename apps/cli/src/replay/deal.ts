import type { FileOutcome } from './replay-file'

/** Files that threads take one after the other, each when it is done with the one before. Threads can send it each other. */
export interface Deal {
  readonly paths: readonly string[]
  /** The place in `paths` of the file that is taken next, in memory that all threads share. */
  readonly next: Int32Array
}

export const dealOf = (paths: readonly string[]): Deal => ({
  paths,
  next: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
})

/** Takes what is left, so that no thread takes any more. */
export const endDeal = ({ paths, next }: Deal): void => void Atomics.store(next, 0, paths.length)

/** What a thread does with the files that it takes. */
export interface Taker {
  replay(path: string): Promise<FileOutcome>
  /** Told what each file came to. @param place in `paths` */
  tell(place: number, outcome: FileOutcome): void
}

/** Takes files until none is left. */
export async function replayDeal({ paths, next }: Deal, { replay, tell }: Taker): Promise<void> {
  const take = (): number => Atomics.add(next, 0, 1)
  for (
    let place = take(), path = paths[place];
    path !== undefined;
    place = take(), path = paths[place]
  )
    tell(place, await replay(path))
}
