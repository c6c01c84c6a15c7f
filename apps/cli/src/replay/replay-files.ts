import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { Workers } from '../context'
import { loadPlugins } from '../source/plugins'
import type { FileOutcome } from './replay-file'

/** What a replay of files may use, and what ends it before its time. */
export interface ReplayMeans {
  /** Undefined: this thread replays one file after the other. */
  readonly workers: Workers | undefined
  readonly signal: AbortSignal
}

/**
 * Replays files, by as many threads as help.
 * @returns what each file came to, in the order of the files
 * @throws the signal's reason, between files or as soon as it is aborted where threads replay
 */
export function replayFiles(
  paths: readonly string[],
  { workers, signal }: ReplayMeans,
): AsyncGenerator<FileOutcome, undefined, undefined> {
  const count = Math.min(workers?.count ?? 1, paths.length)
  return workers === undefined || count < 2
    ? replayHere(paths, signal)
    : replayThere(paths, { url: workers.url, count }, signal)
}

async function* replayHere(
  paths: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<FileOutcome, undefined, undefined> {
  const { replayFile } = await import('./replay-file')
  const plugins = await loadPlugins()
  for (const path of paths) {
    signal.throwIfAborted()
    yield await replayFile(path, plugins)
  }
}

async function* replayThere(
  paths: readonly string[],
  { url, count }: Workers,
  signal: AbortSignal,
): AsyncGenerator<FileOutcome, undefined, undefined> {
  optimiseLate()
  const workers = Array.from({ length: count }, () => new Worker(url))
  const { outcomes, end } = deal(paths, workers)
  const stop = Promise.race([end, interruption(signal)])
  // It may reject while no outcome is asked for.
  stop.catch(() => undefined)
  try {
    for (const outcome of outcomes) yield await Promise.race([outcome, stop])
  } finally {
    await Promise.all(workers.map(async (worker) => worker.terminate()))
  }
}

/**
 * Gives each worker a path, and the next one when it has answered.
 * @returns `outcomes` in the order of the paths; `end` rejects with what a worker throws, and never resolves
 */
function deal(
  paths: readonly string[],
  workers: readonly Worker[],
): { readonly outcomes: readonly Promise<FileOutcome>[]; readonly end: Promise<never> } {
  const answers: ((outcome: FileOutcome) => void)[] = []
  const outcomes = paths.map(() => new Promise<FileOutcome>((resolve) => answers.push(resolve)))
  const left = paths.entries()
  const work = async (worker: Worker): Promise<void> => {
    for (const [i, path] of left) {
      worker.postMessage(path)
      const [outcome] = (await once(worker, 'message')) as [FileOutcome]
      answers[i]?.(outcome)
    }
  }
  const end = Promise.all(workers.map(work)).then(() => new Promise<never>(() => undefined))
  return { outcomes, end }
}

/** Rejects with the signal's reason when it is aborted. */
async function interruption(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw signal.reason
}

/**
 * Has V8 wait before it compiles functions anew that have run for a while: beside a replay of a second, which is over
 * before that pays, it takes two fifths of the processors' time. Only where V8 is known to have the flag, in Node 20.
 */
function optimiseLate(): void {
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--interrupt-budget=1000000')
}
