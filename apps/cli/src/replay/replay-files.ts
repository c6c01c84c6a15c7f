import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { Workers } from '../context'
import { rejectionAt } from '../interrupt'
import { loadPlugins } from '../source/plugins'
import { type Deal, dealOf, endDeal, type ReplayTask, replayDeal, type Taker } from './deal'
import type { FileOutcome } from './replay-file'
import { threadFlags } from './thread-flags'

/**
 * Replays files, by as many threads as help.
 * @param workers undefined: this thread replays one file after the other
 * @param signal ends it
 * @returns what each file came to, in the order of the files
 * @throws what a thread throws; the signal's reason
 */
export async function* replayFiles(
  paths: readonly string[],
  workers: Workers | undefined,
  signal?: AbortSignal,
): AsyncGenerator<FileOutcome, undefined, undefined> {
  const others = startWorkers(workers, paths.length)
  const deal = dealOf(paths)
  const { outcomes, end } = replayAll(deal, others)
  // It may reject while no outcome is asked for.
  end.catch(() => undefined)
  const stopped = rejectionAt(signal)
  try {
    for (const outcome of outcomes) yield await Promise.race([stopped, outcome, end])
  } finally {
    endDeal(deal)
    await Promise.all(others.map(async (worker) => worker.terminate()))
  }
}

function startWorkers(workers: Workers | undefined, most: number): Worker[] {
  if (workers === undefined) return []
  for (const flag of threadFlags()) setFlagsFromString(flag)
  const { url, count } = workers
  return Array.from(
    { length: Math.min(count, most) },
    () => new Worker(url, { workerData: 'replay-worker' }),
  )
}

/**
 * Has each thread take files.
 * @returns `outcomes` in the order of the paths; `end` rejects with what a thread throws, and never resolves
 */
function replayAll(
  deal: Deal,
  workers: readonly Worker[],
): { readonly outcomes: readonly Promise<FileOutcome>[]; readonly end: Promise<never> } {
  const answers: ((outcome: FileOutcome) => void)[] = []
  const outcomes = deal.paths.map(
    () => new Promise<FileOutcome>((resolve) => answers.push(resolve)),
  )
  const tell: Taker['tell'] = (place, outcome) => answers[place]?.(outcome)
  const there = workers.map(async (worker, i) => {
    worker.on('message', (told: Parameters<Taker['tell']>) => tell(...told))
    const work: ReplayTask = { deal, end: i % 2 === 0 ? 'first' : 'last' }
    worker.postMessage(work)
    const [error] = (await once(worker, 'error')) as [unknown]
    throw error
  })
  if (workers.length === 0) there.push(replayHere(deal, tell))
  return { outcomes, end: Promise.race(there) }
}

/** Takes files in this thread. @returns a promise that rejects with what it throws, and never resolves */
async function replayHere(deal: Deal, tell: Taker['tell']): Promise<never> {
  const { replayFile } = await import('./replay-file')
  const plugins = await loadPlugins()
  const replay = async (path: string): Promise<FileOutcome> => {
    // What workers told meanwhile has its turn.
    await setImmediate()
    return replayFile(path, plugins)
  }
  await replayDeal(deal, { end: 'first', replay, tell })
  return new Promise<never>(() => undefined)
}
