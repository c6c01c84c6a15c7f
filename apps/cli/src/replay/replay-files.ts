import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { Workers } from '../context'
import { loadPlugins } from '../source/plugins'
import type { FileOutcome } from './replay-file'

/** Replays a file in this thread. */
type ReplayHere = (path: string) => Promise<FileOutcome>

/**
 * Replays files, by as many threads as help, of which this one is one.
 * @param workers undefined: this thread replays one file after the other
 * @returns what each file came to, in the order of the files
 * @throws what a thread throws
 */
export async function* replayFiles(
  paths: readonly string[],
  workers: Workers | undefined,
): AsyncGenerator<FileOutcome, undefined, undefined> {
  const others = startWorkers(workers, paths.length - 1)
  const { outcomes, end, stop } = deal(paths, others)
  // It may reject while no outcome is asked for.
  end.catch(() => undefined)
  try {
    for (const outcome of outcomes) yield await Promise.race([outcome, end])
  } finally {
    stop()
    await Promise.all(others.map(async (worker) => worker.terminate()))
  }
}

function startWorkers(workers: Workers | undefined, most: number): Worker[] {
  if (workers === undefined || workers.count < 2 || most < 1) return []
  optimiseLate()
  const count = Math.min(workers.count - 1, most)
  return Array.from({ length: count }, () => new Worker(workers.url))
}

async function loadReplay(): Promise<ReplayHere> {
  const { replayFile } = await import('./replay-file')
  const plugins = await loadPlugins()
  return async (path) => replayFile(path, plugins)
}

/**
 * Gives each thread a path, and the next one when it has answered.
 * @returns `outcomes` in the order of the paths; `end` rejects with what a thread throws, and never
 *   resolves; after `stop` no thread is given a path any more
 */
function deal(
  paths: readonly string[],
  workers: readonly Worker[],
): {
  readonly outcomes: readonly Promise<FileOutcome>[]
  readonly end: Promise<never>
  readonly stop: () => void
} {
  const answers: ((outcome: FileOutcome) => void)[] = []
  const outcomes = paths.map(() => new Promise<FileOutcome>((resolve) => answers.push(resolve)))
  let left: Iterator<[number, string]> = paths.entries()
  const work = async (replay: ReplayHere): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const [i, path] = next.value
      answers[i]?.(await replay(path))
    }
  }
  const there = workers.map((worker) =>
    work(async (path) => {
      worker.postMessage(path)
      const [outcome] = (await once(worker, 'message')) as [FileOutcome]
      return outcome
    }),
  )
  const here = loadReplay().then((replay) =>
    work(async (path) => {
      // What workers answered meanwhile has its turn.
      await setImmediate()
      return replay(path)
    }),
  )
  const end = Promise.all([here, ...there]).then(() => new Promise<never>(() => undefined))
  const stop = (): void => {
    left = [].values()
  }
  return { outcomes, end, stop }
}

/**
 * Has V8 wait before it compiles functions anew that have run for a while: beside a replay of a second, which is over
 * before that pays, it takes two fifths of the processors' time. Only where V8 is known to have the flag, in Node 20.
 */
function optimiseLate(): void {
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--interrupt-budget=4000000')
}
